import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import ts from "typescript";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Every block of TypeScript in the README and in docs/, as a module of its own beside the sources. */
function snippets(): Map<string, string> {
  const pages = [
    "README.md",
    ...readdirSync(`${root}docs`)
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];
  const found = new Map<string, string>();
  for (const page of pages) {
    const blocks = readFileSync(root + page, "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm);
    for (const [index, [, code = ""]] of [...blocks].entries()) {
      found.set(`${root}snippet-${page.replaceAll(/\W/g, "-")}-${index}.ts`, code);
    }
  }
  return found;
}

test("the code in README and docs compiles", { timeout: 60_000 }, () => {
  const modules = snippets();
  expect(modules.size).toBeGreaterThan(5);
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => readFileSync(path, "utf8")) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  // The format that is passed along is the package's, ESM: types of packages in two formats are not the same.
  host.getSourceFile = (path, format, ...rest) => {
    const code = modules.get(path);
    return code === undefined ? getSourceFile(path, format, ...rest) : ts.createSourceFile(path, code, format);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName.slice(root.length)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
  expect(problems).toEqual([]);
});
