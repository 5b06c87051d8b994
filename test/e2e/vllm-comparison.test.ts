import { expect, inject, test as always } from "vitest";

import { compareModels, comparisonText } from "../../src/deploy.ts";
import { failureOf } from "../support/loopback.ts";

const server = inject("vllm");
const { url, model, adapter, apiKey } =
  "unavailable" in server ? { url: "", model: "", adapter: "", apiKey: "" } : server;
const test = "unavailable" in server ? always.skip : always;
const base = { baseURL: url, apiKey, model };

test("a vLLM's model agrees with itself, at each token of the text", async () => {
  const steps: (readonly [number | undefined, number | undefined])[] = [];
  const same = await compareModels(
    base,
    { baseURL: url, apiKey },
    { onProgress: ({ done, total }) => void steps.push([done, total]) },
  );
  expect(same.agreement).toBe(1);
  expect(same.perplexityRatio).toBeCloseTo(1, 3);
  expect(same.tokens).toBeGreaterThan(300);
  // SmolLM2 on llama-server finds it as likely; a text that was shifted by one place would be in the thousands.
  expect(same.source.perplexity).toBeGreaterThan(10);
  expect(same.source.perplexity).toBeLessThan(30);
  expect(steps).toEqual([
    [same.tokens, same.tokens],
    [same.tokens, same.tokens],
  ]);
});

test("an adapter of random weights is another model", async () => {
  const { agreement, perplexityRatio } = await compareModels(
    base,
    { ...base, model: adapter },
    { text: comparisonText.slice(0, 620) },
  );
  expect(agreement).toBeLessThan(1);
  expect(perplexityRatio).not.toBeCloseTo(1, 3);
});

test("a text of one token and a wrong key are errors", async () => {
  expect(await failureOf(compareModels(base, base, { text: "a" }))).toMatchObject({ code: "invalid-request" });
  expect((await failureOf(compareModels(base, { ...base, apiKey: "wrong" }))).code).toBe("auth");
});
