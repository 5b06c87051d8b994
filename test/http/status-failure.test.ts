import { describe, expect, test } from "vitest";

import type { ErrorCode } from "../../src/core/error-codes.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { canned, chatRequest, eventsOf, json, type CannedReply } from "../support/canned.ts";
import { failureOf, loopback } from "../support/loopback.ts";
import { chunk, reply } from "../support/wire.ts";

/** The error that a reply becomes. */
function failureBy(replied: CannedReply, apiKey = "sk-secret-1") {
  const provider = openaiCompatible({ baseURL: "http://model.example/v1", apiKey, transport: canned(replied) });
  return failureOf(eventsOf(provider.send, chatRequest()));
}

describe("codes", () => {
  test.each<[number, ErrorCode, boolean]>([
    [400, "invalid-request", false],
    [401, "auth", false],
    [403, "forbidden", false],
    [404, "not-found", false],
    [405, "not-found", false],
    [408, "timeout", true],
    [409, "invalid-request", false],
    [413, "too-large", false],
    [418, "invalid-request", false],
    [422, "invalid-request", false],
    [429, "rate-limit", true],
    [500, "server", true],
    [501, "unsupported", false],
    [502, "overloaded", true],
    [503, "overloaded", true],
    [504, "timeout", true],
    [507, "server", true],
    [529, "overloaded", true],
  ])("%i is %s, retryable: %s", async (status, code, retryable) => {
    const error = await failureBy(json({ error: { message: "The server's own words." } }, status));
    expect(error).toMatchObject({ code, retryable, status, provider: "openai-compatible", model: "m" });
    expect(error.message).toBe("http://model.example/v1/chat/completions: The server's own words.");
  });

  test("400 with a prompt that is too long is context-length", async () => {
    const error = await failureBy(
      json({ error: { message: "This model's maximum context length is 4096 tokens." } }, 400),
    );
    expect(error.code).toBe("context-length");
  });

  test("503 while the model loads is not-ready", async () => {
    expect((await failureBy(json({ error: { message: "Loading model" } }, 503))).code).toBe("not-ready");
  });
});

describe("the server's words", () => {
  test.each<[string, unknown, string]>([
    ["OpenAI's form", { error: { message: "words", type: "x" } }, "words"],
    ["a flat error", { error: "words" }, "words"],
    ["a message", { message: "words" }, "words"],
    ["FastAPI's detail", { detail: "words" }, "words"],
    ["FastAPI's list", { detail: [{ loc: ["body", "n"], msg: "words" }] }, '[{"loc":["body","n"],"msg":"words"}]'],
    ["a JSON string", "words", "words"],
    [
      "a report inside a report",
      { error: JSON.stringify({ error: { message: "words" } }) },
      "/chat/completions: words",
    ],
    ["an object of its own", { code: 1 }, "answered with status 400."],
  ])("%s", async (_, body, words) => {
    expect((await failureBy(json(body, 400))).message).toContain(words);
  });

  test("plain text, or nothing, will do", async () => {
    expect((await failureBy({ status: 500, body: "upstream died" })).message).toContain("upstream died");
    expect((await failureBy({ status: 500, body: "" })).message).toContain("answered with status 500.");
  });

  test.each(["<!DOCTYPE html><p>x</p>", "  <html><body>x</body></html>"])(
    "an HTML page is named, not shown",
    async (body) => {
      const error = await failureBy({ status: 502, body });
      expect(error.code).toBe("overloaded");
      expect(error.message).toContain("status 502 with an HTML page, probably from a proxy");
      expect(error.message).not.toContain("<");
    },
  );

  test("they are cleaned and cut at 400 characters", async () => {
    const error = await failureBy(json({ error: { message: `a\u001B[31m\u202E\r\nb${"x".repeat(5_000)}` } }, 400));
    expect(error.message).toContain("a [31m b");
    expect(error.message.length).toBeLessThan(500);
  });

  test("the key is masked when the server repeats it, in every form of the error", async () => {
    const error = await failureBy(json({ error: { message: "Incorrect API key: sk-secret-1" } }, 401));
    expect(error.message).toContain("Incorrect API key: ***");
    expect(JSON.stringify(error) + String(error.stack) + error.hint).not.toContain("sk-secret-1");
  });

  test("the key is masked when a reply of status 200 repeats it", async () => {
    for (const body of [`bad key sk-secret-1`, "data: bad key sk-secret-1\n\n", 'data: {"error":"sk-secret-1"}\n\n']) {
      const error = await failureBy({ headers: { "content-type": "text/event-stream" }, body });
      const words = `${JSON.stringify(error)} ${String(error.stack)} ${String(error.cause)}`;
      expect(words).not.toContain("sk-secret-1");
    }
  });
});

describe("Retry-After", () => {
  test.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ["seconds", { "retry-after": "7" }, 7_000],
    ["parts of a second", { "retry-after": "0.25" }, 250],
    ["milliseconds", { "retry-after-ms": "1500" }, 1_500],
    ["milliseconds win", { "retry-after-ms": "1500", "retry-after": "7" }, 1_500],
    ["no number", { "retry-after": "soon" }, undefined],
    ["negative", { "retry-after": "-5" }, undefined],
    ["overflowing", { "retry-after": "9".repeat(40) }, undefined],
    ["infinite", { "retry-after": "Infinity" }, undefined],
    ["hexadecimal", { "retry-after": "0x10" }, undefined],
    ["empty", { "retry-after": "" }, undefined],
    ["a date that has passed", { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }, undefined],
  ])("%s", async (_, headers, expected) => {
    const error = await failureBy({ status: 429, headers, body: "" });
    expect([error.code, error.retryAfterMs]).toEqual(["rate-limit", expected]);
  });

  test("a date", async () => {
    const date = new Date(Date.now() + 30_000).toUTCString();
    const { retryAfterMs = 0 } = await failureBy({ status: 503, headers: { "retry-after": date }, body: "" });
    expect(retryAfterMs).toBeGreaterThan(25_000);
    expect(retryAfterMs).toBeLessThanOrEqual(30_000);
  });
});

describe("error bodies that do not end, on real sockets", () => {
  const head = "HTTP/1.1 500 Broken\r\ntransfer-encoding: chunked\r\n\r\n";

  async function failureFrom(origin: string) {
    const provider = openaiCompatible({ baseURL: origin });
    const startedAt = performance.now();
    const error = await failureOf(eventsOf(provider.send, chatRequest()));
    const tookMs = performance.now() - startedAt;
    await provider.close();
    return { error, tookMs };
  }

  test("a stalled one is waited for a second, and the status decides", async () => {
    const server = await loopback(({ socket }) => socket.write(Buffer.concat([Buffer.from(head), chunk("so far")])));
    const { error, tookMs } = await failureFrom(server.origin);
    expect(error).toMatchObject({ code: "server", status: 500 });
    expect(error.message).toContain("so far");
    expect(tookMs).toBeLessThan(4_000);
    await server.allClosed();
  });

  test("an endless one is read for 64 KiB, and the connection is closed", async () => {
    let written = 0;
    const server = await loopback(({ socket }) => {
      const block = chunk("x".repeat(65_536));
      const pour = (): void => {
        while (socket.writable) {
          written += 65_536;
          if (!socket.write(block)) return void socket.once("drain", pour);
        }
      };
      socket.write(head);
      pour();
    });
    const { error, tookMs } = await failureFrom(server.origin);
    expect(error.code).toBe("server");
    expect(error.message.length).toBeLessThan(1_000);
    expect(tookMs).toBeLessThan(3_000);
    await server.allClosed();
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  test("one that breaks off takes only the words with it", async () => {
    const server = await loopback(({ socket }) =>
      socket.end(reply("half", 429, { "content-length": "99", "retry-after": "2" })),
    );
    expect((await failureFrom(server.origin)).error).toMatchObject({ code: "rate-limit", retryAfterMs: 2_000 });
  });
});

describe("redirects", () => {
  test.each([301, 302, 303, 307, 308])("%i is not followed: the other server is not contacted", async (status) => {
    const other = await loopback(({ socket }) => socket.write(reply("")));
    const server = await loopback(({ socket }) =>
      socket.write(reply("", status, { location: `${other.origin}/v1/steal?key=1` })),
    );
    const provider = openaiCompatible({ baseURL: server.origin, apiKey: "sk-secret-1" });
    const error = await failureOf(eventsOf(provider.send, chatRequest()));
    expect(error).toMatchObject({ code: "redirect", status, retryable: false });
    expect(error.message).toContain(` to ${other.origin}`);
    expect(error.message).not.toContain("steal");
    expect(other.connections()).toBe(0);
    expect(server.requests).toHaveLength(1);
    await provider.close();
  });

  test("one whose body stays open leaves no connection open", async () => {
    const server = await loopback(({ socket }) =>
      socket.write("HTTP/1.1 302 Found\r\nlocation: /x\r\ntransfer-encoding: chunked\r\n\r\n"),
    );
    const provider = openaiCompatible({ baseURL: server.origin });
    expect((await failureOf(eventsOf(provider.send, chatRequest()))).code).toBe("redirect");
    await server.allClosed();
    await provider.close();
  });
});
