import { expect, test } from "vitest";

import { entry } from "../tsup.config.ts";
import { allImports, sourceFiles } from "./support/source-imports.ts";

/** The packages that are loaded with a file, before anything is called. */
function loadedWith(path: string): readonly string[] {
  const reached = new Set([path.replace(/^src\//, "")]);
  for (const file of reached) {
    for (const { from, to, kind } of allImports) if (from === file && kind === "static") reached.add(to);
  }
  return [...reached].filter((name) => !sourceFiles.includes(name) && !name.startsWith("node:"));
}

test("a package that a file imports is found", () => {
  expect(loadedWith("src/http/sse.ts")).toEqual(["eventsource-parser"]);
});

/** What is imported is paid for at a program's start; undici and zod would cost about 100 ms each. */
test.each(Object.values(entry))("importing %s loads no package but the parser of events", (path) => {
  expect(loadedWith(path).filter((name) => name !== "eventsource-parser")).toEqual([]);
});
