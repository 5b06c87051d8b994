import { getEventListeners } from "node:events";

import { expect, test } from "vitest";

import { signalListeners } from "../../src/client/signal-listeners.ts";

test("a signal of many calls has one listener, until the last of them is over", () => {
  const signals = signalListeners();
  const { signal } = new AbortController();
  const calls = Array.from({ length: 20 }, () => () => undefined);
  for (const call of calls) signals.add(signal, call);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  for (const call of calls.slice(1)) signals.remove(signal, call);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  signals.remove(signal, calls[0] as () => void);
  signals.remove(signal, calls[0] as () => void);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("an abort reaches every call that has not ended, once, and no other signal's", () => {
  const signals = signalListeners();
  const [controller, other] = [new AbortController(), new AbortController()];
  const ended: string[] = [];
  const first = () => {
    ended.push("first");
    signals.remove(controller.signal, first); // as a call does
  };
  const over = () => ended.push("over");
  signals.add(controller.signal, first);
  signals.add(controller.signal, over);
  signals.add(controller.signal, () => ended.push("third"));
  signals.add(other.signal, () => ended.push("other"));
  signals.remove(controller.signal, over);
  controller.abort();
  expect(ended).toEqual(["first", "third"]);
});
