import { resolve } from "node:path";

import { expect, test } from "vitest";

import { plan, type Plan } from "../../../src/deploy.ts";
import { plannedPaths } from "../../../src/deploy/verify/planned-files.ts";

const made = await plan({ model: "ministral-3b", on: "cpu 8GB", context: 1_024 });
const pin = { sizeBytes: 1, sha256: "a".repeat(64) };

const pathsOf = (changed: Partial<Plan["model"]>, named: readonly string[], files?: Plan["files"]) =>
  plannedPaths(
    { ...made, model: { ...made.model, ...changed }, ...(files ? { files } : {}) },
    { address: "127.0.0.1", port: 1, model: "m", files: named },
  );

test.each<[what: string, changed: Partial<Plan["model"]>, named: readonly string[], paths: readonly string[]]>([
  ["files that were there, as the model says", { origin: "files", source: "m.gguf" }, ["m.gguf"], [resolve("m.gguf")]],
  ["files whose command was changed since", { origin: "files", source: "/a/m.gguf" }, ["/b/m.gguf"], ["/a/m.gguf"]],
  ["what was made, as the command names it", { origin: "made", source: "org/m" }, ["/b/m.gguf"], ["/b/m.gguf"]],
  ["a repository", { origin: "published", source: "org/m" }, [], []],
  ["an address", { origin: "files", source: "https://models.corp.example/m.gguf" }, [], []],
])("%s", (_, changed, named, paths) => {
  expect(pathsOf(changed, named)).toEqual(paths);
});

test("of pinned files those with weights, from the folder that they are pinned in", () => {
  const files = ["m.gguf", "README.md", "/else/eyes.gguf"].map((path) => ({ path, ...pin }));
  const model = { origin: "files", source: "/a/m.gguf", format: "gguf" } as const;
  expect(pathsOf(model, ["/a/m.gguf"], files)).toEqual(["/a/m.gguf", "/else/eyes.gguf"]);
});
