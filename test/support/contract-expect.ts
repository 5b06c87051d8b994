import assert from "node:assert/strict";

import type { Runner } from "../../src/testing/index.ts";

/** The contract's matchers on node:assert, for running it outside a test runner. */
export const contractExpect: Runner["expect"] = (value, message) => ({
  toBe: (expected) => assert.ok(Object.is(value, expected), message ?? `${String(value)} is not ${String(expected)}`),
  toEqual: (expected) => assert.deepEqual(value, expected, message),
  toContain: (expected) =>
    assert.ok((value as readonly unknown[] & string).includes(expected as never), message ?? `no ${String(expected)}`),
  toMatch: (expected) => assert.match(String(value), expected, message),
  toBeGreaterThan: (expected) => assert.ok(Number(value) > expected, message ?? `${String(value)} <= ${expected}`),
  toBeLessThanOrEqual: (expected) => assert.ok(Number(value) <= expected, message ?? `${String(value)} > ${expected}`),
});
