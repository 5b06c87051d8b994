import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const resolve = { tsconfigPaths: true };

function project(name: string, include: string[]): TestProjectInlineConfiguration {
  // A busy machine is slow, and no test is about that. No test leaves anything behind, so files share their modules.
  return { resolve, test: { name, include, testTimeout: 30_000, isolate: false, unstubEnvs: true } };
}

/** Against real servers, which two cores serve best one at a time. */
function withServers(
  name: string,
  include: string[],
  setups = ["real-server"],
  served: readonly string[] = [],
): TestProjectInlineConfiguration {
  return {
    resolve,
    test: {
      name,
      include,
      globalSetup: setups.map((setup) => `./test/support/${setup}.ts`),
      provide: { served },
      fileParallelism: false,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      maxConcurrency: 12, // servers answer many together more cheaply than one after the other
      retry: 1, // a model of 135 M parameters says anything at times, nothing included
    },
  };
}

const unit = project("unit", ["test/**/*.test.ts"]);
unit.test = {
  ...unit.test,
  setupFiles: ["./test/support/seed.ts"],
  globalSetup: ["./test/support/real-ffmpeg.ts"],
  exclude: [
    ...["contract", "fault", "e2e", "scripts", "examples"].map((folder) => `test/${folder}/**`),
    "test/snippets.test.ts",
    "test/deploy/targets/*-validated.test.ts",
    "test/types/**",
  ],
};

// What TypeScript says, which is the same on every Node.
const types = project("types", ["test/snippets.test.ts", "test/types/**/*.test.ts"]);
types.test = {
  ...types.test,
  typecheck: { enabled: true, include: ["test/types/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
};

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/counts-reporter.ts"],
    projects: [
      unit,
      types,
      // What `scripts/validators` installs says of all files of targets, which is the same on every Node.
      project("targets", ["test/deploy/targets/*-validated.test.ts"]),
      project("contract", ["test/contract/**/*.test.ts"]),
      project("fault", ["test/fault/**/*.test.ts"]),
      withServers("e2e", ["test/e2e/!(*-servers|all-*|ollama-*|vllm-*|tools-*).test.ts"]),
      // What takes minutes to prepare and to start, `npm run test:servers`: the two are run side by side.
      withServers(
        "servers-vllm",
        [
          "test/e2e/{vllm-*,tools-vllm,all-*,context-servers,probe-servers}.test.ts",
          "test/scripts/servers-all-vllm.test.ts",
        ],
        ["real-vllm", "server-versions"],
        ["vLLM"],
      ),
      withServers(
        "servers-gguf",
        [
          "test/e2e/{ollama-*,llamacpp-contract,tools-ollama,tools-llamacpp,all-*,*-servers}.test.ts",
          "test/scripts/!(servers-all-vllm).test.ts",
        ],
        // Ollama before llama-server: it needs the compiled llama.cpp, which the latter then is.
        ["real-ollama", "real-server", "server-versions"],
        ["llama-server", "Ollama"],
      ),
      withServers("examples", ["test/examples/**/*.test.ts"]),
    ],
  },
});
