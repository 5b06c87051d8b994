import { describe, expect, onTestFinished, test } from "vitest";

import { compareModels } from "../../../src/deploy.ts";
import { compareScores } from "../../../src/deploy/quantize/compare-scores.ts";
import { fakeOllama } from "../../../src/testing/index.ts";
import { failureOf, thrownBy } from "../../support/loopback.ts";

const scores = (...pairs: readonly (readonly [logprob: number, likeliest: number])[]) => ({
  tokens: [0, ...pairs.keys()],
  scores: pairs.map(([logprob, likeliest]) => ({ logprob, likeliest })),
});

describe("compareScores", () => {
  test("tells the share of places that agree, and the perplexities", () => {
    const { agreement, source, result, perplexityRatio, tokens } = compareScores(
      scores([-1, 1], [-1, 2], [-1, 3], [-1, 4]),
      scores([-2, 1], [-2, 2], [-2, 3], [-2, 9]),
    );
    expect([tokens, agreement, source.meanLogprob, result.meanLogprob]).toEqual([4, 0.75, -1, -2]);
    expect(source.perplexity).toBeCloseTo(Math.E);
    expect(perplexityRatio).toBeCloseTo(Math.E);
  });

  test("refuses texts that were cut otherwise, and empty ones", () => {
    const one = scores([-1, 1]);
    expect(thrownBy(() => compareScores(one, { ...one, tokens: [7, 8] })).message).toContain("different tokens");
    expect(thrownBy(() => compareScores(scores(), scores())).message).toContain("fewer than two");
  });
});

test("a server that tells no probabilities of a text is refused by its name", async () => {
  const server = await fakeOllama();
  onTestFinished(() => server.close());
  const { code, message, hint } = await failureOf(compareModels(server.url, server.url));
  expect([code, hint]).toEqual(["unsupported", expect.stringContaining("llama-server")]);
  expect(message).toContain("Ollama");
});
