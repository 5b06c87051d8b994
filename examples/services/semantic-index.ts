/**
 * An index of documents by meaning, in one SQLite file. Needs Node 24, and a server that embeds:
 *
 *     llama-server -m MODEL.gguf --embeddings --pooling mean
 *     npx tsx examples/services/semantic-index.ts index.db add docs/*.md
 *     npx tsx examples/services/semantic-index.ts index.db search "What happens when a caller leaves?" --top 3
 *
 * `add` may be stopped and run again: what is there already, by its content, is left alone. `--rerank URL` has another
 * server, which ranks, look at what was found.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { createClient, isInhouseError, type Client } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";

import { chunksOf, openIndex, unit, type SemanticIndex } from "./vector-store.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { top: { type: "string", default: "5" }, rerank: { type: "string" } },
});
const [file = "index.db", task = "search", ...words] = positionals;
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
const { signal } = interrupted;

const index = openIndex(file);
if (!index) {
  console.error(`Node ${process.version} has no node:sqlite. Run this on Node 24.`);
  process.exitCode = 1;
} else {
  const baseURL = process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080";
  await using client = createClient({ provider: llamacpp({ baseURL }) });
  try {
    if (task === "add") await add(client, index, words);
    else await search(client, index, words.join(" "));
  } catch (error) {
    if (!isInhouseError(error) || error.code !== "abort") throw error;
    console.error("Stopped. What was embedded is in the index.");
  } finally {
    index.close();
  }
}

/** Embeds what is new, some hundred chunks at a time; a document is in the index whole or not at all. */
async function add(client: Client, into: SemanticIndex, paths: readonly string[]): Promise<void> {
  const { id: model } = await client.describe(undefined, signal);
  let group: { readonly path: string; readonly hash: string; readonly chunks: readonly string[] }[] = [];

  async function store(): Promise<void> {
    const input = group.flatMap(({ chunks }) => chunks);
    if (input.length === 0) return;
    const { embeddings } = await client.embed({ input, batchSize: 32, concurrency: 4, priority: "batch", signal });
    let at = 0;
    for (const { path, hash, chunks } of group) {
      const vectors = embeddings.slice(at, (at += chunks.length)).map(unit);
      into.put(path, hash, chunks, vectors);
      console.log(`${path}: ${chunks.length} chunks`);
    }
    group = [];
  }

  for (const path of paths) {
    const text = await readFile(path, "utf8");
    const hash = createHash("sha256").update(`${model}\n${text}`).digest("hex"); // vectors of two models do not compare
    if (into.hashOf(path) === hash) console.log(`${path}: there already`);
    else group.push({ path, hash, chunks: chunksOf(text) });
    if (group.reduce((sum, { chunks }) => sum + chunks.length, 0) >= 256) await store();
  }
  await store();
}

async function search(client: Client, from: SemanticIndex, query: string): Promise<void> {
  const { embeddings } = await client.embed({ input: query, signal });
  const top = Number(values.top);
  const found = from.nearest(unit(embeddings[0] ?? []), values.rerank === undefined ? top : top * 10);
  const best = values.rerank === undefined ? found : await reranked(values.rerank, query, found, top);
  for (const { score, path, text } of best)
    console.log(`${score.toFixed(3)}  ${path}  ${text.replaceAll(/\s+/g, " ")}`);
}

async function reranked<Found extends { readonly text: string }>(
  baseURL: string,
  query: string,
  found: readonly Found[],
  topN: number,
): Promise<readonly (Found & { readonly score: number })[]> {
  if (found.length === 0) return [];
  await using client = createClient({ provider: llamacpp({ baseURL }) });
  const { results } = await client.rerank({ query, documents: found.map(({ text }) => text), topN, signal });
  return results.flatMap(({ index: at, score }) => {
    const place = found[at];
    return place ? [{ ...place, score }] : [];
  });
}
