import { setImmediate as turn } from "node:timers/promises";

import { afterEach, expect, test, vi } from "vitest";

import { InhouseError } from "../../src/core/error.ts";
import type { Handler } from "../../src/core/handler.ts";
import { sse } from "../../src/http/sse.ts";
import { answerOf, ended, scripted, stubClient } from "../support/canned.ts";
import { framesOf } from "../support/framing.ts";

const unhandled = vi.fn();
process.on("unhandledRejection", unhandled);
afterEach(async () => {
  await turn();
  expect(unhandled).not.toHaveBeenCalled();
});

const streamOf = (handler: Handler) => stubClient(handler, { maxRetries: 0 }).stream({ messages: "Hi" });
const framesIn = async (response: Response) => framesOf(sse, [new Uint8Array(await response.arrayBuffer())]);

test("events as server-sent events, one JSON object each", async () => {
  const frames = await framesIn(streamOf(scripted(answerOf("line\nbreak", "é🙂"))).toResponse());
  expect(frames.map(({ data }) => JSON.parse(data) as unknown)).toEqual([
    { type: "start" },
    { type: "text-delta", choice: 0, text: "line\nbreak" },
    { type: "text-delta", choice: 0, text: "é🙂" },
    { type: "finish", finishReasons: ["stop"] },
  ]);
});

test("headers that keep proxies from holding it back; status and headers of the caller's", () => {
  const response = streamOf(scripted(answerOf("a"))).toResponse({ status: 201, headers: { "x-own": "1" } });
  expect(response.status).toBe(201);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
    "x-own": "1",
  });
});

test("a failure is an `event: error` after what came, and says no more than code, message and hint", async () => {
  const failure = new InhouseError("reset", "lost", { cause: new Error("inner") });
  const frames = await framesIn(streamOf(scripted([...answerOf("a").slice(0, 2), failure])).toResponse());
  expect(frames.map(({ event }) => event)).toEqual([undefined, undefined, "error"]);
  expect(JSON.parse(frames.at(-1)?.data ?? "")).toEqual({ code: "reset", message: "lost", hint: failure.hint });
});

test("a foreign error tells nothing of itself", async () => {
  const frames = await framesIn(streamOf(scripted([new TypeError("secret path /home/x")])).toResponse());
  expect(JSON.parse(frames[0]?.data ?? "")).toEqual({ code: "server", message: "The call failed.", hint: "" });
});

test("cancel ends the call at once, while it waits for the next event", async () => {
  const closed = vi.fn();
  const handler: Handler = async function* reply(_, { signal }) {
    try {
      yield* answerOf("a").slice(0, 2);
      await ended(signal);
    } finally {
      closed();
    }
  };
  const reader = streamOf(handler).toReadableStream().getReader();
  for (const _ of [1, 2]) await reader.read();
  const next = reader.read();
  await turn();
  await reader.cancel();
  expect(closed).toHaveBeenCalledTimes(1);
  expect(await next).toEqual({ done: true, value: undefined });
});

test("a reader that does not read holds the reply back", async () => {
  let sent = 0;
  const handler: Handler = async function* reply() {
    for (;;) {
      sent += 1;
      yield [{ type: "text-delta", choice: 0, text: "a" }];
    }
  };
  const body = streamOf(handler).toReadableStream();
  const reader = body.getReader();
  await reader.read();
  await turn();
  expect(sent).toBeLessThan(10);
  await reader.cancel();
});
