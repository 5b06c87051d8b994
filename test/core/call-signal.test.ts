import { expect, test } from "vitest";

import { callEnd } from "../../src/core/call-end.ts";
import { endOf, withSignal } from "../../src/core/call-signal.ts";

const fresh = () => {
  const end = callEnd();
  return { end, context: withSignal({ id: "1", attempt: 1, tags: {}, timeouts: {} }, end) };
};

test("a signal that was asked for before the end, and one after it, have the reason", () => {
  const { end, context } = fresh();
  const { signal } = context;
  expect([signal.aborted, context.signal === signal]).toEqual([false, true]);
  end.abort("enough");
  end.abort("too late");
  expect([signal.aborted, signal.reason]).toEqual([true, "enough"]);
  const late = fresh();
  late.end.abort("enough");
  expect([late.context.signal.aborted, late.context.signal.reason]).toEqual([true, "enough"]);
});

test("a copy ends with the call, and a copy with a signal of its own by that one alone", () => {
  const { end, context } = fresh();
  const copy = { ...context, attempt: 2 };
  const controller = new AbortController();
  const own = { ...context, signal: controller.signal };
  expect(endOf(context)).toBe(end);
  expect(endOf(own)).toBe(controller.signal);
  end.abort("enough");
  expect(endOf(copy)).toMatchObject({ aborted: true, reason: "enough" });
  expect(endOf(own).aborted).toBe(false);
});

test("a context that somebody froze, or took for a prototype, has a signal all the same", () => {
  for (const wrap of [Object.freeze, Object.create]) {
    const { end, context } = fresh();
    const { signal } = wrap(context) as typeof context;
    end.abort("enough");
    expect(signal.reason).toBe("enough");
  }
});
