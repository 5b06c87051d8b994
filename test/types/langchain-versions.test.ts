import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import ts from "typescript";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { peerDependencies, devDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

test("the lowest @langchain/core of the declared range is the one that is tested", () => {
  const lowest = peerDependencies["@langchain/core"]?.replace("^", "") ?? "";
  expect(devDependencies["langchain-core-1.3"]).toBe(`npm:@langchain/core@${lowest}`);
});

test("inhouse/langchain compiles with the lowest @langchain/core, too", { timeout: 120_000 }, () => {
  const lowest = "./node_modules/langchain-core-1.3/dist";
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => readFileSync(path, "utf8")) as {
    config: { compilerOptions: { paths: object } };
  };
  const paths = {
    ...config.compilerOptions.paths,
    "@langchain/core/*": [`${lowest}/*.d.ts`, `${lowest}/*/index.d.ts`],
  };
  const compilerOptions = { ...config.compilerOptions, paths };
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, compilerOptions, include: [], files: [] },
    ts.sys,
    root,
  );
  const files = [`${root}src/integrations/langchain/index.ts`, `${root}test/types/langchain.test-d.ts`];
  const program = ts.createProgram(files, options);
  const used = program.getSourceFiles().map(({ fileName }) => fileName);
  expect(used.some((name) => name.includes("langchain-core-1.3/dist/language_models"))).toBe(true);
  expect(used.filter((name) => name.includes("node_modules/@langchain/core"))).toEqual([]);
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName.slice(root.length)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
  expect(problems).toEqual([]);
});
