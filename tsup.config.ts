import { defineConfig, type Options } from "tsup";

/** One entry per subpath export; `test/exports.test.ts` holds this list, `package.json` and the folders together. */
export const entry = {
  index: "src/index.ts",
  "ai-sdk": "src/integrations/ai-sdk/index.ts",
  deploy: "src/deploy.ts",
  gateway: "src/integrations/gateway/index.ts",
  langchain: "src/integrations/langchain/index.ts",
  llamacpp: "src/providers/llamacpp/index.ts",
  mcp: "src/integrations/mcp/index.ts",
  ollama: "src/providers/ollama/index.ts",
  "openai-compatible": "src/providers/openai-compatible/index.ts",
  service: "src/integrations/service/index.ts",
  testing: "src/testing/index.ts",
  vllm: "src/providers/vllm/index.ts",
};

/** What esbuild writes out inline, so that no other tool does. */
const inlineForCommonJS = { "optional-chain": false, "nullish-coalescing": false, "class-field": false };

const options: Options = {
  entry,
  format: ["esm", "cjs"],
  target: "node20.19",
  platform: "node",
  sourcemap: true,
  shims: true, // import.meta.url in CommonJS, to find the files of an optional package
  splitting: true, // shared chunks in both formats: one InhouseError class across subpaths
  metafile: true,
  noExternal: ["p-retry"], // ESM only: a CJS build that leaves it external breaks under jest and without require(esm)
  esbuildOptions(esbuild, { format }) {
    // Names stay, and lines stay short, so that a stack trace says something even without the source maps.
    esbuild.minifyWhitespace = true;
    esbuild.minifySyntax = true;
    esbuild.lineLimit = 120;
    // tsup turns the shared chunks into CommonJS by sucrase, which puts a closure in the place of every ?. and ??.
    if (format === "cjs") esbuild.supported = inlineForCommonJS;
    // The second copy of everything is for older tools: it is small, and its source maps have the names.
    if (format === "cjs") esbuild.minifyIdentifiers = true;
  },
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } }, // tsup sets baseUrl, which TypeScript 6 deprecates
};

/** The command line's own files: what it uses of the package it finds beside itself, as any program does. */
const commandLine: Options = {
  entry: { cli: "src/cli/cli.ts" },
  format: ["esm"],
  target: "node20.19",
  platform: "node",
  sourcemap: true,
  splitting: false,
  esbuildPlugins: [
    {
      name: "package-beside",
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\.\.\/(index|deploy)\.ts$/ }, ({ path }) => ({
          path: `./${path.slice(3, -3)}.js`,
          external: true,
        })),
    },
  ],
  esbuildOptions(esbuild) {
    esbuild.minifyWhitespace = true;
    esbuild.minifySyntax = true;
    esbuild.lineLimit = 120;
  },
};

export default defineConfig([options, commandLine]);
