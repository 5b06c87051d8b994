import { describe, expect, test, vi } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { ModelEvent } from "../../../src/core/event.ts";
import { errorResponse, respond, type AnsweredStream } from "../../../src/integrations/service/index.ts";
import { memory } from "../../../src/testing/index.ts";

const finish: ModelEvent = { type: "finish", finishReasons: ["stop"] };
const text = (words: string): ModelEvent => ({ type: "text-delta", choice: 0, text: words });
const waiting: ModelEvent = { type: "progress", phase: "queued", position: 3 };

/** A stream of these events, and of an error at its end. */
async function* events(...list: readonly (ModelEvent | InhouseError)[]): AsyncGenerator<ModelEvent> {
  for (const event of list) {
    if (event instanceof InhouseError) throw event;
    yield event;
  }
}

/** A stream that waits for ever after these events, and knows whether it was left. */
function endless(...list: readonly ModelEvent[]) {
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  let at = 0;
  const stream: AnsweredStream = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const value = list[at++];
        if (value) return Promise.resolve({ done: false, value });
        return left.then(() => Promise.reject(new InhouseError("abort", "left")));
      },
      return: () => {
        leave();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  return { stream, left };
}

describe("events", () => {
  test("are those of the stream, one by one, with the headers that keep them from being held back", async () => {
    const client = createClient({ provider: memory({ reply: () => "Hello there" }) });
    const response = await respond(() => client.stream({ messages: "Hi" }));
    expect(response.status).toBe(200);
    const own = client.stream({ messages: "Hi" }).toResponse();
    expect(Object.fromEntries(response.headers)).toEqual(Object.fromEntries(own.headers));
    const sent = [...(await response.text()).matchAll(/^data: (.*)\n\n/gm)].map(
      ([, data = ""]) => (JSON.parse(data) as ModelEvent).type,
    );
    expect(sent[0]).toBe("start");
    expect(sent.at(-1)).toBe("finish");
    expect(sent).toContain("text-delta");
  });

  test("an error before the call is on its way has its status, one after it is an event", async () => {
    const full = new InhouseError("overloaded", "The queue is full.", { retryAfterMs: 7_000 });
    const early = await respond(() => events({ type: "start" }, full));
    expect(early.status).toBe(429);
    expect(early.headers.get("retry-after")).toBe("7");
    expect(await early.json()).toEqual({
      error: { code: "overloaded", message: "The queue is full.", hint: expect.any(String) },
    });
    const late = await respond(() => events(waiting, full));
    expect(late.status).toBe(200);
    expect(await late.text()).toMatch(/^data: \{"type":"progress".*\n\nevent: error\ndata: \{"code":"overloaded"/);
  });

  test("a wrong input, which throws at once, has its status too, and so has what comes before the stream", async () => {
    const client = createClient({ provider: memory() });
    expect((await respond(() => client.stream({ messages: [] }))).status).toBe(400);
    expect((await respond(() => Promise.reject(new InhouseError("timeout", "x")))).status).toBe(504);
  });
});

describe("text", () => {
  test("is the answer's alone", async () => {
    const client = createClient({ provider: memory({ reply: () => "Hello there" }) });
    const response = await respond(() => client.stream({ messages: "Hi" }), { format: "text" });
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toBe("Hello there");
  });

  test("has a status until the first content, and breaks off after it", async () => {
    const lost = new InhouseError("reset", "lost");
    expect((await respond(() => events(waiting, lost), { format: "text" })).status).toBe(502);
    const broken = await respond(() => events(text("Half"), lost), { format: "text" });
    expect(broken.status).toBe(200);
    await expect(broken.text()).rejects.toBe(lost);
  });
});

describe("a caller who leaves", () => {
  test("ends the call before anything has come", async () => {
    const { stream, left } = endless();
    const caller = new AbortController();
    const onError = vi.fn();
    const answer = respond(() => stream, { signal: caller.signal, onError });
    caller.abort();
    await left;
    expect((await answer).status).toBe(499);
    expect(onError).not.toHaveBeenCalled();
  });

  test("ends it when the body is cancelled", async () => {
    const { stream, left } = endless(text("Once"));
    const { body } = await respond(() => stream);
    await body?.cancel();
    await left;
  });

  test("who has left already causes no call", async () => {
    const start = vi.fn(() => events(finish));
    expect((await respond(start, { signal: AbortSignal.abort() })).status).toBe(499);
    expect(start).not.toHaveBeenCalled();
  });
});

test("every error is told, wherever the caller sees it", async () => {
  const lost = new InhouseError("reset", "lost");
  const onError = vi.fn();
  await respond(() => events(lost), { onError });
  await (await respond(() => events(text("Half"), lost), { onError })).text();
  await (await respond(() => events(text("Half"), lost), { onError, format: "text" })).text().catch(() => undefined);
  expect(onError.mock.calls).toEqual([[lost], [lost], [lost]]);
});

test("of an error that is not ours callers learn nothing", async () => {
  const response = errorResponse(new TypeError("the password is secret"));
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret");
});

test("a wrong option is an error", async () => {
  const misspelt = { formt: "text" } as object;
  await expect(respond(() => events(finish), misspelt)).rejects.toMatchObject({ code: "invalid-request" });
  const wrong = { format: "html" } as unknown as { format: "text" };
  await expect(respond(() => events(finish), wrong)).rejects.toMatchObject({ code: "invalid-request" });
});
