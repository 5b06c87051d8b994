import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createClient } from "../../src/client/client.ts";
import type { InhouseError } from "../../src/core/error.ts";
import type { Provider } from "../../src/core/provider.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { closed, failureOf, loopback } from "../support/loopback.ts";
import { answerFaults } from "./answer-faults.ts";
import { connectingFaults } from "./connecting-faults.ts";
import { endingFaults } from "./ending-faults.ts";
import type { Fault } from "./fault.ts";
import { lineFaults } from "./line-faults.ts";
import { statusFaults } from "./status-faults.ts";
import { streamFaults } from "./stream-faults.ts";

const openaiFaults = [...connectingFaults, ...statusFaults, ...answerFaults, ...streamFaults, ...endingFaults];

const providers: Readonly<Record<string, { connect(baseURL: string): Provider; readonly faults: readonly Fault[] }>> = {
  openaiCompatible: {
    connect: (baseURL) => openaiCompatible({ baseURL, apiKey: "sk-secret-1" }),
    faults: openaiFaults,
  },
  llamacpp: { connect: (baseURL) => llamacpp({ baseURL, apiKey: "sk-secret-1" }), faults: openaiFaults },
  ollama: {
    connect: (baseURL) => ollama({ baseURL, apiKey: "sk-secret-1" }),
    faults: [...connectingFaults, ...lineFaults],
  },
};

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0)); // no jitter: a retry comes at once
afterEach(() => void vi.restoreAllMocks());

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
afterEach(() => expect(unhandled).toEqual([]));

describe.each(Object.entries(providers))("%s", (name, { connect, faults }) => {
  test.each(faults.map((fault) => [fault.row, fault.fault, fault] as const))("row %i: %s", async (_, __, fault) => {
    const server = await loopback(fault.answer);
    const client = createClient({
      provider: connect(server.origin),
      ...(name === "llamacpp" ? {} : { model: "m" }),
      maxRetries: fault.maxRetries ?? 1,
      ...(fault.timeout ? { timeout: fault.timeout } : {}),
    });
    const startedAt = performance.now();
    const { expected } = fault;
    if (expected.code === undefined) {
      expect((await call(client, fault)).text).toBe(expected.text);
    } else {
      checkError(await failureOf(call(client, fault)), fault);
    }
    if (fault.hangs) await Promise.all(server.requests.map(closed));
    expect(performance.now() - startedAt).toBeLessThan(expected.withinMs ?? 5_000);
    if (expected.requests !== undefined) expect(server.requests).toHaveLength(expected.requests);
    await client.close();
    await server.allClosed();
  });
});

function call(client: ReturnType<typeof createClient>, fault: Fault): Promise<{ readonly text: string }> {
  return fault.call === "chat" ? client.chat({ messages: "Hi" }) : client.stream({ messages: "Hi" }).result;
}

function checkError(error: InhouseError, { expected }: Fault): void {
  const codes = [expected.code].flat();
  expect(codes, error.stack).toContain(error.code);
  if (expected.phase) expect(error.phase).toBe(expected.phase);
  if (expected.text !== undefined) expect(error.partial?.text ?? "").toBe(expected.text);
  if (expected.message) expect(error.message).toMatch(expected.message);
  if (expected.retryAfterMs !== undefined) expect(error.retryAfterMs).toBe(expected.retryAfterMs);
  expect(error.message.length).toBeLessThan(1_000);
  expect(error.hint).not.toBe("");
  expect(`${JSON.stringify(error)} ${error.stack ?? ""}`).not.toContain("sk-secret-1");
}
