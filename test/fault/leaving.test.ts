import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { createClient, type Client } from "../../src/client/client.ts";
import { tool } from "../../src/client/tools/typed-tool.ts";
import { closed, failureOf, loopback, rawServer } from "../support/loopback.ts";
import { until } from "../support/until.ts";
import { reply } from "../support/wire.ts";
import { dialects, isGeneration, modelServer, type ServerDialect } from "./dialects.ts";
import { every } from "./fault.ts";

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
afterEach(() => expect(unhandled).toEqual([]));

function clientOf({ connect }: ServerDialect, baseURL: string): Client {
  const client = createClient({ provider: connect({ baseURL }), maxRetries: 1 });
  onTestFinished(() => client.close());
  return client;
}

const never = tool({
  name: "never",
  description: "Is never done.",
  parameters: { type: "object" },
  execute: () => new Promise<string>(() => undefined),
});

/** 100 ms on a quiet machine. */
const atOnceMs = 1_000;

/** Where a call can be when it is aborted: what the server does, and when it has come so far. */
const phases: Readonly<
  Record<string, { answer(dialect: ServerDialect, arrived: Generation): unknown; text?: string }>
> = {
  "the headers are awaited": { answer: () => undefined },
  "the body of an error is read": {
    answer: (_, { socket }) => socket.write(reply("so far", 500, { "content-length": "99" })),
  },
  "nothing but headers has come": { answer: ({ open }, { socket }) => socket.write(open()) },
  "tokens come": {
    answer: ({ open, said, more }, arrived) => {
      arrived.socket.write(open(said("a")));
      every(2, arrived, () => arrived.socket.write(more(said("a"))));
    },
    text: "a",
  },
  "the stream stalls": { answer: ({ open, said }, { socket }) => socket.write(open(said("a"))), text: "a" },
  "the next try is waited for": {
    answer: (_, { socket }) => socket.end(reply("", 503, { "retry-after-ms": "9000", connection: "close" })),
  },
};
type Generation = Parameters<Parameters<typeof modelServer>[0]>[0];

describe.each(Object.entries(dialects))("%s", (_provider, dialect) => {
  test("row 92, aborted before: nothing is sent", async () => {
    const server = await modelServer(() => undefined);
    const client = clientOf(dialect, server.origin);
    const error = await failureOf(client.chat({ messages: "Hi", model: "m", signal: AbortSignal.abort("early") }));
    expect(error).toMatchObject({ code: "abort", cause: "early", name: "AbortError" });
    expect(server.connections()).toBe(0);
  });

  test("row 92, aborted while it connects: at once, and the half-open socket is closed", async () => {
    const controller = new AbortController();
    const server = await rawServer((socket) => socket.once("data", () => controller.abort("enough")));
    const client = clientOf(dialect, `https://127.0.0.1:${server.port}`);
    const error = await failureOf(
      client.stream({ messages: "Hi", ...modelOf(dialect), signal: controller.signal }).result,
    );
    expect(error).toMatchObject({ code: "abort", cause: "enough" });
    await server.allClosed();
  });

  test.each(Object.entries(phases))(
    "row 92, aborted while %s: at once, the server sees it, and no request follows",
    async (_phase, { answer, text = "" }) => {
      const server = await modelServer((arrived) => answer(dialect, arrived));
      const controller = new AbortController();
      const client = clientOf(dialect, server.origin);
      const ended = failureOf(client.stream({ messages: "Hi", ...modelOf(dialect), signal: controller.signal }).result);
      await until(() => server.requests.some(isGeneration));
      await new Promise((resolve) => setTimeout(resolve, 50)); // for what the server wrote to come; no event tells a waiting call
      const before = server.requests.length;
      const abortedAt = performance.now();
      controller.abort("enough");
      const error = await ended;
      expect(performance.now() - abortedAt).toBeLessThan(atOnceMs);
      expect(error).toMatchObject({ code: "abort", cause: "enough", name: "AbortError" });
      expect(error.partial?.text ?? "").toMatch(new RegExp(`^(${text})*$`));
      if (text !== "") expect(error.partial?.text).not.toBe("");
      await closed(server.requests.findLast(isGeneration));
      expect(performance.now() - abortedAt).toBeLessThan(atOnceMs);
      await new Promise((resolve) => setTimeout(resolve, 30)); // a request that followed would come at once
      expect(server.requests).toHaveLength(before);
    },
  );

  test("row 92, aborted while a tool runs that heeds no signal: at once, and the model is not asked again", async () => {
    const server = await modelServer(({ socket }) =>
      socket.write(dialect.whole(dialect.called({ name: "never", arguments: "{}", id: "c1" }), dialect.done())),
    );
    const controller = new AbortController();
    const client = clientOf(dialect, server.origin);
    const run = client.streamTools({ messages: "Hi", ...modelOf(dialect), tools: [never], signal: controller.signal });
    const error = await failureOf(
      (async () => {
        for await (const { type } of run) if (type === "finish") setTimeout(() => controller.abort("enough"), 20);
      })(),
    );
    expect(error).toMatchObject({ code: "abort", cause: "enough" });
    expect(server.requests.filter(isGeneration)).toHaveLength(1);
  });

  test("row 93, a reader that breaks, that throws, that leaves while it waits: the connection is closed", async () => {
    const server = await modelServer(({ socket }) => socket.write(dialect.open(dialect.said("a"))));
    const client = clientOf(dialect, server.origin);
    const stream = () => client.stream({ messages: "Hi", ...modelOf(dialect) });
    const gone = () => closed(server.requests.findLast(isGeneration));
    for await (const { type } of stream()) if (type === "text-delta") break;
    await gone();
    const thrown = new Error("the reader's own");
    await expect(
      (async () => {
        for await (const { type } of stream()) if (type === "text-delta") throw thrown;
      })(),
    ).rejects.toBe(thrown);
    await gone();
    const reader = stream()[Symbol.asyncIterator]();
    while ((await reader.next()).value?.type !== "text-delta");
    const waiting = reader.next();
    waiting.catch(() => undefined); // how a read that was left ends is its reader's own affair
    const leftAt = performance.now();
    await reader.return?.();
    await gone();
    expect(performance.now() - leftAt).toBeLessThan(atOnceMs);
  });

  test("row 93, a stream that nobody reads: nothing is sent", async () => {
    const server = await modelServer(() => undefined);
    clientOf(dialect, server.origin).stream({ messages: "Hi", ...modelOf(dialect) });
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.connections()).toBe(0);
  });

  test("row 94, a stream that is read twice: a clear error, and one request", async () => {
    const server = await modelServer(({ socket }) => socket.write(dialect.whole(dialect.said("a"), dialect.done())));
    const stream = clientOf(dialect, server.origin).stream({ messages: "Hi", ...modelOf(dialect) });
    for await (const _ of stream);
    const error = await failureOf(
      (async () => {
        for await (const _ of stream);
      })(),
    );
    expect(error.code).toBe("invalid-request");
    expect(server.requests.filter(isGeneration)).toHaveLength(1);
  });

  test("row 72, the stream ends with its end though the body stays open, and its connection is not used again", async () => {
    let finishedAt = 0;
    const server = await modelServer(({ socket }) => {
      socket.write(dialect.open(dialect.said("whole")));
      setTimeout(() => {
        finishedAt = performance.now();
        socket.write(dialect.more(dialect.done()));
      }, 20);
    });
    const client = clientOf(dialect, server.origin);
    const ask = async () => (await client.stream({ messages: "Hi", ...modelOf(dialect) }).result).text;
    expect(await ask()).toBe("whole");
    expect(performance.now() - finishedAt).toBeLessThan(500);
    expect(await ask()).toBe("whole");
    const generations = server.requests.filter(isGeneration);
    expect(new Set(generations.map(({ socket }) => socket)).size).toBe(2);
    await Promise.all(generations.map(closed));
  });

  test("row 105, the total limit bounds tries, pauses and tokens", async () => {
    const server = await modelServer((arrived) => {
      if (arrived.turn === 1) return void arrived.socket.write(reply("", 503, { "retry-after-ms": "60" }));
      arrived.socket.write(dialect.open());
      return every(5, arrived, () => arrived.socket.write(dialect.more(dialect.said("a"))));
    });
    const startedAt = performance.now();
    const timeout = { totalMs: 1_500 };
    const error = await failureOf(
      clientOf(dialect, server.origin).stream({ messages: "Hi", ...modelOf(dialect), timeout }).result,
    );
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(error).toMatchObject({ code: "timeout", phase: "total" });
    expect(error.partial?.text).toMatch(/^a+$/);
    expect(error.attempts).toHaveLength(2);
    await closed(server.requests.findLast(isGeneration));
  });

  test("row 104, a clock that jumps by days changes nothing", async () => {
    const real = Date.now;
    let jumps = 0;
    vi.spyOn(Date, "now").mockImplementation(() => real() + 86_400_000 * [1, -1][(jumps += 1) % 2]!);
    onTestFinished(() => void vi.restoreAllMocks());
    const server = await modelServer(({ socket, turn }) =>
      turn === 1
        ? socket.write(reply("", 503, { "retry-after-ms": "20" }))
        : socket.write(dialect.whole(dialect.said("well"), dialect.done())),
    );
    const timeout = { connectMs: 2_000, headersMs: 2_000, firstTokenMs: 5_000, idleMs: 2_000, totalMs: 5_000 };
    const client = clientOf(dialect, server.origin);
    const result = await client.stream({ messages: "Hi", ...modelOf(dialect), timeout }).result;
    expect(result.text).toBe("well");
    expect(result.timings.totalMs).toBeLessThan(5_000);
    expect(result.failedAttempts[0]?.durationMs).toBeLessThan(5_000);
  });
});

test("row 95, a consumer that sleeps holds the server back, and the idle limit stands still", async () => {
  const { open, more, said } = dialects.llamacpp;
  const piece = more(said("x".repeat(1_000)).repeat(60));
  let written = 0;
  const server = await loopback(({ socket }) => {
    socket.write(open());
    const write = (): void => {
      while (socket.writable && written < 256 * 1024 * 1024) {
        written += piece.length;
        if (!socket.write(piece)) return void socket.once("drain", write);
      }
    };
    write();
  });
  const timeout = { idleMs: 700 };
  const client = clientOf(dialects.llamacpp, server.origin);
  const reader = client.stream({ messages: "Hi", timeout })[Symbol.asyncIterator]();
  await reader.next();
  let before = -1;
  while (before !== written) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // no event tells that a server is held back
  }
  expect(written).toBeLessThan(32 * 1024 * 1024);
  let read = 0;
  while (read < before) read += ((await reader.next()).value as { text?: string }).text?.length ?? 0;
  expect(written).toBeGreaterThan(before); // and goes on when it is read
  await reader.return?.();
  await closed(server.requests[0]);
});

/** Which model is asked for: llama-server has one, and would be asked first whether it has that. */
function modelOf({ connect }: ServerDialect): { readonly model?: string } {
  return connect === dialects.llamacpp.connect ? {} : { model: "m" };
}
