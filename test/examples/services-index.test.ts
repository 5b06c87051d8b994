import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";

import { chunksOf } from "../../examples/services/vector-store.ts";
import { fakeLlamacpp, type FakeServer } from "../../src/testing/index.ts";
import { nodeWithSqlite } from "../support/node-with-sqlite.ts";
import { runProgram, type Ran } from "../support/run-program.ts";

const node = nodeWithSqlite();
const example = "examples/services/semantic-index.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "inhouse-index-"));
});
afterEach(() => rm(folder, { recursive: true }));

const sentences = {
  "cat.txt": "Our cat sleeps on the warm windowsill.",
  "invoice.txt": "The invoice is due within thirty days.",
  "harbour.txt": "The harbour was closed because of the storm.",
};

/** Writes files and gives their paths. */
async function written(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const paths = Object.entries(files).map(([name, text]) => [join(folder, name), text] as const);
  await Promise.all(paths.map(([path, text]) => writeFile(path, text)));
  return paths.map(([path]) => path);
}

/** How many texts a server was asked to embed. */
const embedded = ({ history }: FakeServer): number =>
  history.reduce(
    (sum, { request }) => sum + ((request.body["input"] as readonly string[] | undefined)?.length ?? 0),
    0,
  );

test("where there is no node:sqlite it says so, and ends", async ({ skip }) => {
  if (process.getBuiltinModule("node:sqlite")) return skip(`Node ${process.version} has node:sqlite`);
  const { code, stderr } = await runProgram(example, ["index.db", "search", "cats"]);
  expect(stderr).toBe(`Node ${process.version} has no node:sqlite. Run this on Node 24.\n`);
  expect(code).toBe(1);
});

describe("with node:sqlite", () => {
  beforeEach(({ skip }) => {
    if ("unavailable" in node) skip(node.unavailable);
  });

  function run(url: string, ...args: readonly string[]): Promise<Ran> {
    const program = "unavailable" in node ? "" : node.program;
    const flags = ["--disable-warning=ExperimentalWarning"]; // of Node 22
    return runProgram(example, [join(folder, "index.db"), ...args], { INHOUSE_LLAMACPP_URL: url }, flags, program);
  }

  test("documents are embedded once, found again, and embedded anew when they have changed", async () => {
    await using fake = await fakeLlamacpp();
    const paths = await written(sentences);
    const added = await run(fake.url, "add", ...paths);
    expect(added.stderr).toBe("");
    expect(added.stdout).toBe(paths.map((path) => `${path}: 1 chunks\n`).join(""));
    expect(embedded(fake)).toBe(3);

    expect((await run(fake.url, "add", ...paths)).stdout).toBe(
      paths.map((path) => `${path}: there already\n`).join(""),
    );
    expect(embedded(fake)).toBe(3);

    const { stdout, stderr } = await run(fake.url, "search", sentences["cat.txt"], "--top", "2");
    expect(stderr).toBe("");
    expect(stdout).toMatch(
      /^1\.000 {2}\S+cat\.txt {2}Our cat sleeps on the warm windowsill\.\n[01]\.\d{3} {2}\S+\.txt .+\n$/,
    );

    await written({ "cat.txt": "Our dog sleeps under the table." });
    await run(fake.url, "add", ...paths);
    expect(embedded(fake)).toBe(5); // the query, and the document that changed
    const all = await run(fake.url, "search", "Our dog sleeps under the table.");
    expect(all.stdout.trim().split("\n")).toHaveLength(3); // what it was before is gone
    expect(all.stdout).toMatch(/^1\.000 .*Our dog sleeps/);
  });

  test("what was stored before a server failed is kept, and only the rest is embedded later", async () => {
    await using fake = await fakeLlamacpp({
      faults: [{ name: "status-500", path: "/v1/embeddings", after: 8, times: 3 }],
    });
    const chunk = "word ".repeat(150);
    const large = `${chunk}\n\n`.repeat(256); // as many chunks as are embedded together
    const paths = await written({ "a.txt": large, "b.txt": sentences["cat.txt"] });
    const failed = await run(fake.url, "add", ...paths);
    expect(failed.code).not.toBe(0);
    expect(failed.stdout).toBe(`${paths[0]}: 256 chunks\n`);
    const { stdout } = await run(fake.url, "add", ...paths);
    expect(stdout).toBe(`${paths[0]}: there already\n${paths[1]}: 1 chunks\n`);
  });

  test("another server may rank what was found", async () => {
    await using fake = await fakeLlamacpp();
    await run(fake.url, "add", ...(await written(sentences)));
    const query = ["search", "Where do cats sleep?", "--top", "1"];
    const { stdout, stderr } = await run(fake.url, ...query, "--rerank", fake.url);
    expect(stderr).toBe("");
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(fake.requests.some(({ path }) => path === "/v1/rerank")).toBe(true);
  });

  test("a real server finds what is meant", async ({ skip }) => {
    const server = inject("llamacpp");
    if ("unavailable" in server) return skip(server.unavailable);
    expect((await run(server.embeddingUrl, "add", ...(await written(sentences)))).stderr).toBe("");
    const { stdout } = await run(server.embeddingUrl, "search", "Our cat sleeps on the windowsill.", "--top", "1");
    expect(stdout).toMatch(/^0\.\d{3} {2}\S+cat\.txt {2}Our cat sleeps/);
  });
});

test("chunks are whole paragraphs, as many together as fit; only a paragraph that is too long is cut", () => {
  expect(chunksOf("one\n\ntwo\n\n\n\nthree", 8)).toEqual(["one\n\ntwo", "three"]);
  expect(chunksOf("a long paragraph", 10)).toEqual(["a long par", "agraph"]);
  expect(chunksOf(" \n\n ")).toEqual([]);
});
