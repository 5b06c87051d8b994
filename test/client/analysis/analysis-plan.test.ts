import { expect, test } from "vitest";
import { z } from "zod";

import { createClient } from "../../../src/client/client.ts";
import { noteTaker, paragraphs } from "../../support/note-taker.ts";

const task = "Say what it is about.";

test("a short material is one call, and nothing is generated", async () => {
  const { client, calls } = noteTaker();
  const plan = await client.planAnalysis({ file: paragraphs(1), task });
  expect(plan).toMatchObject({
    contextLength: 4_096,
    counted: true,
    pieces: [{ source: { fromLine: 1, toLine: 1 } }],
    groups: [{ sources: [{ fromLine: 1, toLine: 1 }] }],
    calls: { transcribe: 0, map: 0, reduce: 0, answer: 1 },
  });
  expect(plan.summary).toMatch(
    /^1 piece, \d+ tokens; the window has 4096, of which \d+ are for the material\neverything fits into one call$/,
  );
  expect(calls).toEqual([]);
});

test("of a long one, the plan is what is done", async () => {
  const { client, of } = noteTaker();
  const plan = await client.planAnalysis({ file: paragraphs(14), task });
  const result = await client.analyze({ file: paragraphs(14), task });
  expect(plan.calls.map).toBe(of("notes").length);
  expect(plan.groups.map(({ sources }) => sources)).toEqual(result.pieces.map(({ sources }) => sources));
  expect(plan.tokens).toBe(plan.groups.reduce((sum, { tokens }) => sum + tokens, 0));
  for (const { tokens } of plan.groups) expect(tokens).toBeLessThanOrEqual(plan.budgetTokens);
  expect(of("fewer notes").length).toBeLessThanOrEqual(plan.calls.reduce);
  expect(plan.summary).toContain(`${plan.calls.map} calls to take notes:\n  lines 1-5: `);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

test("no call of an analysis is longer than the window, its answer included", async () => {
  const { client, calls } = noteTaker({ contextLength: 2_000 });
  const result = await client.analyze({ file: paragraphs(30, 600), task });
  expect(calls.length).toBeGreaterThan(10);
  for (const { request } of calls) {
    const { maxTokens = 0 } = request.sampling;
    expect(maxTokens).toBeGreaterThan(50);
    const prompt = request.messages.map(({ content }) => content as string).join("\n").length;
    expect(prompt + maxTokens).toBeLessThanOrEqual(2_000);
  }
  expect(result.failedPieces).toEqual([]);
});

test("a schema takes its room of the answer's call", async () => {
  const { client } = noteTaker();
  const output = z.object({ [`a_name_of_some_length_${"x".repeat(300)}`]: z.string() });
  const without = await client.planAnalysis({ file: paragraphs(1), task });
  const beside = await client.planAnalysis({ file: paragraphs(1), task, output });
  expect(beside.budgetTokens).toBeLessThan(without.budgetTokens - 200);
});

test("a window that the server does not tell is assumed, with a warning, unless the caller knows it", async () => {
  const { client } = noteTaker({ counts: false });
  const untold = {
    ...client.provider,
    describe: async () => {
      const { contextLength: _, ...info } = await client.provider.describe();
      return info;
    },
  };
  const asking = createClient({ provider: untold });
  const plan = await asking.planAnalysis({ file: paragraphs(1), task });
  expect(plan).toMatchObject({ contextLength: 4_096, counted: false });
  expect(plan.warnings).toEqual([
    { option: "contextLength", message: "The server does not tell the model's window: 4096 tokens are assumed." },
  ]);
  const told = await asking.planAnalysis({ file: paragraphs(1), task, contextLength: 9_000 });
  expect(told).toMatchObject({ contextLength: 9_000, warnings: [] });
});
