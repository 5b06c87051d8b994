import { describe, expect, test } from "vitest";

import { checkOptions, describe as words } from "../../src/core/check-options.ts";
import { thrownBy } from "../support/loopback.ts";

const known = { temperature: 1, maxTokens: 1, topP: 1, topK: 1 };

describe("checkOptions", () => {
  test("known keys pass, also when they are undefined, and none is needed", () => {
    checkOptions("place", { temperature: undefined, topK: 1 }, known);
    checkOptions("place", {}, known);
    checkOptions("place", Object.create(null), known);
  });

  test.each([
    ["temprature", "temperature"],
    ["Temperature", "temperature"],
    ["max_tokens", "maxTokens"],
    ["max-tokens", "maxTokens"],
    ["maxTokns", "maxTokens"],
    ["top_p", "topP"],
    ["topKK", "topK"],
  ])("%s: did you mean %s?", (key, meant) => {
    const error = thrownBy(() => checkOptions("place", { [key]: 1 }, known));
    expect(error).toMatchObject({
      code: "invalid-request",
      message: `place: unknown option "${key}".`,
      hint: `Did you mean "${meant}"?`,
    });
  });

  test.each(["frequency", "x", "toString", "hasOwnProperty"])("%s is like none: all are listed", (key) => {
    const error = thrownBy(() => checkOptions("place", { [key]: 1 }, known));
    expect(error.hint).toBe("Known options: temperature, maxTokens, topP, topK.");
  });

  test("a value is never repeated", () => {
    const error = thrownBy(() => checkOptions("place", { apikey: "sk-secret-1" }, { apiKey: 1 }));
    expect(`${error.message} ${error.hint}`).not.toContain("sk-secret-1");
  });

  test.each([
    [undefined, "a undefined"],
    [null, "null"],
    [[], "an array"],
    ["text", "a string"],
    [7, "a number"],
    [() => 1, "a function"],
  ])("%s is no options object", (value, got) => {
    expect(thrownBy(() => checkOptions("place", value, known)).message).toBe(
      `place: expected an options object, got ${got}.`,
    );
  });
});

test.each([
  [Number.NaN, "NaN"],
  [Infinity, "Infinity"],
  [{}, "an object"],
  [true, "a boolean"],
])("%s in words is %s", (value, expected) => {
  expect(words(value)).toBe(expected);
});
