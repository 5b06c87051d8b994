import { expect, test } from "vitest";

import { entry } from "../tsup.config.ts";
import { allImports, sourceFiles } from "./support/source-imports.ts";

/** What is loaded with files, themselves included, before anything is called: files of src, packages, modules of Node. */
function loadedWith(...paths: readonly string[]): readonly string[] {
  const reached = new Set(paths.map((path) => path.replace(/^src\//, "")));
  for (const file of reached) {
    for (const { from, to, kind } of allImports) if (from === file && kind === "static") reached.add(to);
  }
  return [...reached];
}

const isFile = (name: string): boolean => sourceFiles.includes(name);
const isOfNode = (name: string): boolean => name.startsWith("node:");
const packagesWith = (...paths: readonly string[]): readonly string[] =>
  loadedWith(...paths).filter((name) => !isFile(name) && !isOfNode(name));

test("a package that a file imports is found", () => {
  expect(packagesWith("src/http/sse.ts")).toEqual(["eventsource-parser"]);
});

/** What is imported is paid for at a program's start; undici and zod would cost about 100 ms each. */
test.each(Object.values(entry))("importing %s loads no package but the parser of events", (path) => {
  const expected = path.includes("/langchain/") ? ["@langchain/core"] : []; // its models are classes of it
  const packages = packagesWith(path).map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
  expect([...new Set(packages)].filter((name) => name !== "eventsource-parser")).toEqual(expected);
});

/** What a program that calls a model imports; `testing` and `deploy` are for other programs. */
const programs = Object.entries(entry)
  .filter(([name]) => !["index", "testing", "deploy"].includes(name))
  .map(([name, path]) => [name, [entry.index, path]] as const);

test.each(programs)("importing the root and %s loads no module of Node", (_, paths) => {
  expect(loadedWith(...paths).filter(isOfNode)).toEqual([]);
});

/** An `import()` of a file that is there already defers nothing: another file has come to import it. */
test.each(programs)("what the root and %s load when it is used is not loaded before", (_, paths) => {
  const loaded = loadedWith(...paths);
  const deferred = allImports.filter(({ from, kind }) => kind === "dynamic" && loaded.includes(from));
  expect(deferred.length).toBeGreaterThan(10);
  const exported = allImports
    .filter(({ from, kind }) => `src/${from}` === entry.index && kind === "static")
    .map(({ to }) => to);
  const early = deferred.map(({ to }) => to).filter((to) => loaded.includes(to) && !exported.includes(to));
  expect(early).toEqual([]);
});

/** The bound of the built chunk, which `npm run size` holds, does not say which file came. */
test.each(programs)("the root and %s load few sources, and of no other provider", (name, paths) => {
  const files = loadedWith(...paths).filter(isFile);
  expect(files.length).toBeLessThanOrEqual(84);
  const providers = files.flatMap((file) => /^providers\/([^/]+)/.exec(file)?.[1] ?? []);
  expect(providers.filter((provider) => provider !== name && provider !== "openai-compatible")).toEqual([]);
});
