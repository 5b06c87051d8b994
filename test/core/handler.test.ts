import { expect, test } from "vitest";

import type { Batch } from "../../src/core/event.ts";
import { compose, type Middleware } from "../../src/core/handler.ts";
import { chatRequest, context, scripted } from "../support/canned.ts";

const text = (content: string): Batch => [{ type: "text-delta", choice: 0, text: content }];

/** A middleware that notes what passes it, in and out. */
const noting = (name: string, notes: string[]): Middleware =>
  async function* noted(request, call, next) {
    notes.push(`${name} in`);
    try {
      for await (const batch of next(request, call)) {
        notes.push(`${name} batch`);
        yield batch;
      }
    } finally {
      notes.push(`${name} out`);
    }
  };

test("the first middleware is the outermost", async () => {
  const notes: string[] = [];
  const handler = compose([noting("a", notes), noting("b", notes)], scripted([text("x")]));
  for await (const _ of handler(chatRequest(), context()));
  expect(notes).toEqual(["a in", "b in", "b batch", "a batch", "b out", "a out"]);
});

test("leaving the loop closes every layer, innermost first", async () => {
  const notes: string[] = [];
  const handler = compose([noting("a", notes), noting("b", notes)], scripted([text("x"), text("y")]));
  for await (const _ of handler(chatRequest(), context())) break;
  expect(notes.slice(-2)).toEqual(["b out", "a out"]);
});

test("none at all is the handler itself", () => {
  const handler = scripted([]);
  expect(compose([], handler)).toBe(handler);
});

test("a composed handler may be composed again, and serves any number of calls", async () => {
  const notes: string[] = [];
  const inner = compose([noting("b", notes)], scripted([text("x")]));
  const outer = compose([noting("a", notes)], inner);
  async function call(): Promise<void> {
    for await (const _ of outer(chatRequest(), context()));
  }
  await call();
  await call();
  expect(notes.filter((note) => note.endsWith("in"))).toEqual(["a in", "b in", "a in", "b in"]);
});
