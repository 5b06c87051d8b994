import { readFileSync } from "node:fs";

import { expect, inject, test as always } from "vitest";
import { z } from "zod";

import { createClient, type AnalysisSource, type Client } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";

const server = inject("llamacpp");
const { url = "", apiKey = "" } = "unavailable" in server ? {} : server;

const test = "unavailable" in server ? always.skip : always;
const connect = (): Client => createClient({ provider: llamacpp({ baseURL: url, apiKey }) });

const file = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/media/${name}`, import.meta.url));
const task = "Say what it is about.";

/** A model of 135 M parameters says anything; what it was shown, and where that is from, is another matter. */
test("a PDF is shown to a real model at once, with its pages", async () => {
  await using client = connect();
  const result = await client.analyze({ file: file("manual.pdf"), task, maxTokens: 20 });
  expect(result.sources).toEqual([{ page: 1 }, { page: 2 }, { page: 3 }]);
  expect(result.usage?.inputTokens).toBeGreaterThan(400);
  expect(result).toMatchObject({ calls: 1, failedPieces: [], finishReason: expect.stringMatching(/stop|length/) });
});

test("one that is longer than the window is read in groups, each note with a page that was shown", async () => {
  await using client = connect();
  const output = z.object({ topic: z.string().max(60), isManual: z.boolean() });
  const asked = { file: file("manual.pdf"), task, contextLength: 600, output, maxTokens: 100 };
  const plan = await client.planAnalysis(asked);
  expect(plan.counted).toBe(true);
  expect(plan.calls.map).toBeGreaterThan(1);
  const result = await client.analyze(asked);
  expect(result.pieces).toHaveLength(plan.calls.map);
  expect(result.output).toEqual({ topic: expect.any(String), isManual: expect.any(Boolean) });
  for (const { sources, notes } of result.pieces) {
    for (const note of notes) expect(sources).toEqual(expect.arrayContaining(note.sources as AnalysisSource[]));
  }
});
