import { expect, test } from "vitest";

import type { ErrorCode } from "../../src/core/error-codes.ts";
import { errorStatus, retryAfterSeconds } from "../../src/core/error-status.ts";
import { InhouseError } from "../../src/core/error.ts";

test.each<[ErrorCode, number]>([
  ["invalid-request", 400],
  ["context-length", 400],
  ["auth", 502],
  ["rate-limit", 429],
  ["overloaded", 429],
  ["server", 502],
  ["not-ready", 503],
  ["closed", 503],
  ["timeout", 504],
])("%s is told as %i", (code, status) => {
  expect(errorStatus(new InhouseError(code, "x"))).toBe(status);
});

test("what is no error of ours is the service's own fault", () => {
  expect(errorStatus(new TypeError("x"))).toBe(500);
  expect(retryAfterSeconds(new TypeError("x"))).toBeUndefined();
});

test.each<[ErrorCode, number | undefined, number | undefined]>([
  ["overloaded", 1_200, 2],
  ["overloaded", undefined, 5],
  ["not-ready", undefined, 5],
  ["server", 1_200, undefined],
])("%s with a pause of %s ms asks to come again after %s s", (code, retryAfterMs, seconds) => {
  const details = retryAfterMs === undefined ? {} : { retryAfterMs };
  expect(retryAfterSeconds(new InhouseError(code, "x", details))).toBe(seconds);
});
