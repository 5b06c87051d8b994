import { describe, expect, test, vi } from "vitest";

import { createClient, type ClientOptions } from "../../src/client/client.ts";
import { tool } from "../../src/client/tools/typed-tool.ts";
import type { Batch } from "../../src/core/event.ts";
import type { Handler } from "../../src/core/handler.ts";
import { answerOf, ended, scripted, stubProvider } from "../support/canned.ts";
import { failureOf, thrownBy } from "../support/loopback.ts";

const [start, text, finish] = answerOf("a") as [Batch, Batch, Batch];

/** A client whose replies end when they are told to, and what its provider's close() saw. */
function closing(more: Partial<ClientOptions> = {}) {
  const cues: (() => void)[] = [];
  const handler: Handler = async function* reply(request, { signal }) {
    yield start;
    await Promise.race([new Promise<void>((resolve) => cues.push(resolve)), ended(signal)]);
    if (request.kind === "embedding") {
      yield request.inputs.map((_, index) => ({ type: "embedding", index, vector: [index] }));
    } else {
      yield text;
    }
    yield finish;
  };
  const released = vi.fn(() => Promise.resolve());
  const client = createClient({ provider: stubProvider(handler, { close: released }), ...more });
  /** Ends the next reply, once it runs. */
  async function end(): Promise<void> {
    await vi.waitUntil(() => cues.length > 0);
    cues.shift()?.();
  }
  const runs = (calls = 1): Promise<unknown> => vi.waitUntil(() => cues.length >= calls);
  return { client, end, runs, released };
}

const long = { graceMs: 60_000 };

describe("close({ graceMs })", () => {
  test("lets a running call finish, refuses new ones, and closes the provider when the last has ended", async () => {
    const { client, end, runs, released } = closing();
    const running = client.chat({ messages: "a" });
    await runs();
    const closed = client.close(long);
    expect((await failureOf(client.chat({ messages: "b" }))).code).toBe("closed");
    expect(thrownBy(() => client.stream({ messages: "b" })).code).toBe("closed");
    expect((await failureOf(client.embed({ input: "b" }))).code).toBe("closed");
    expect(released).not.toHaveBeenCalled();
    await end();
    expect((await running).text).toBe("a");
    await closed;
    expect(released).toHaveBeenCalledTimes(1);
  });

  test("ends what still runs after that time with closed and what it has", async () => {
    const { client, runs, released } = closing();
    const running = failureOf(client.chat({ messages: "a" }));
    await runs();
    await client.close({ graceMs: 20 });
    expect((await running).code).toBe("closed");
    expect(released).toHaveBeenCalledTimes(1);
  });

  test("ends calls that wait in the queue at once", async () => {
    const { client, end, runs } = closing({ concurrency: 1 });
    const running = client.chat({ messages: "a" });
    await runs();
    const waiting = failureOf(client.chat({ messages: "b" }));
    const closed = client.close(long);
    expect((await waiting).code).toBe("closed");
    await end();
    expect((await running).text).toBe("a");
    await closed;
  });

  test("lets work of several calls finish: embed() with batches that wait, and a loop of tools", async () => {
    const { client, end, runs } = closing({ concurrency: 1 });
    const embedding = client.embed({ input: ["a", "b", "c"], batchSize: 1 });
    await runs();
    const closed = client.close(long);
    for (const _ of "abc") await end();
    expect((await embedding).embeddings).toHaveLength(3);
    await closed;

    const call: Batch = [{ type: "tool-call", choice: 0, index: 0, id: "1", name: "f", arguments: "{}" }];
    const answers = [[start, call, [{ type: "finish", finishReasons: ["tool-calls"] }] as Batch], answerOf("done")];
    const looping = createClient({
      provider: stubProvider((...args) => scripted(answers.shift() ?? [])(...args)),
    });
    let closedWithin: Promise<void> | undefined;
    const f = tool({
      name: "f",
      parameters: { type: "object" },
      execute: () => void (closedWithin = looping.close(long)),
    });
    expect((await looping.runTools({ messages: "a", tools: [f] })).text).toBe("done");
    await closedWithin;
  });

  test("a stream that was begun goes on, one that was not fails, a run of tools too", async () => {
    const { client, end, runs } = closing();
    const begun = client.stream({ messages: "a" });
    const late = client.stream({ messages: "b" });
    const run = client.streamTools({ messages: "c", tools: [tool({ name: "f", parameters: { type: "object" } })] });
    const result = begun.result;
    await runs();
    const closed = client.close(long);
    expect((await failureOf(late.result)).code).toBe("closed");
    expect((await failureOf(run.result)).code).toBe("closed");
    await end();
    expect((await result).text).toBe("a");
    await closed;
  });

  test("another close() waits for the same end, and an idle client has none to wait for", async () => {
    const { client, end, runs, released } = closing();
    const running = client.chat({ messages: "a" });
    await runs();
    const order: string[] = [];
    const first = client.close(long).then(() => order.push("first"));
    const second = client.close().then(() => order.push("second"));
    await end();
    await running;
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "second"]);
    expect(released).toHaveBeenCalledTimes(1);
    await closing().client.close(long);
  });

  test("a time that is none is refused, and the client stays open", async () => {
    const { client, end } = closing();
    for (const options of [{ graceMs: -1 }, { grace: 1 }]) {
      expect((await failureOf(client.close(options as never))).code).toBe("invalid-request");
    }
    const answer = client.chat({ messages: "a" });
    await end();
    expect((await answer).text).toBe("a");
  });
});
