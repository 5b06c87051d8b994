import { inspect } from "node:util";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createClient, type Client } from "../../src/client/client.ts";
import type { InhouseError } from "../../src/core/error.ts";
import type { Provider } from "../../src/core/provider.ts";
import type { ChatResult } from "../../src/core/result.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { closed, failureOf, loopback } from "../support/loopback.ts";
import { answerFaults } from "./answer-faults.ts";
import { connectingFaults } from "./connecting-faults.ts";
import { embeddingFaults } from "./embedding-faults.ts";
import { endingFaults } from "./ending-faults.ts";
import type { Fault } from "./fault.ts";
import { lineEndingFaults } from "./line-ending-faults.ts";
import { lineFaults } from "./line-faults.ts";
import { statusFaults } from "./status-faults.ts";
import { streamFaults } from "./stream-faults.ts";

const apiKey = "sk-secret-1";
const prompt = "a secret prompt";

const openaiFaults = [
  ...connectingFaults,
  ...statusFaults,
  ...answerFaults,
  ...embeddingFaults,
  ...streamFaults,
  ...endingFaults,
];

const providers: Readonly<Record<string, { connect(baseURL: string): Provider; readonly faults: readonly Fault[] }>> = {
  openaiCompatible: { connect: (baseURL) => openaiCompatible({ baseURL, apiKey }), faults: openaiFaults },
  vllm: { connect: (baseURL) => vllm({ baseURL, apiKey }), faults: openaiFaults },
  llamacpp: { connect: (baseURL) => llamacpp({ baseURL, apiKey }), faults: openaiFaults },
  ollama: {
    connect: (baseURL) => ollama({ baseURL, apiKey }),
    faults: [...connectingFaults, ...statusFaults, ...lineFaults, ...lineEndingFaults],
  },
};

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0)); // no jitter: a retry comes at once
afterEach(() => void vi.restoreAllMocks());

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
afterEach(() => expect(unhandled).toEqual([]));

describe.each(Object.entries(providers))("%s", (name, { connect, faults }) => {
  const its = faults.filter(({ only }) => only?.includes(name) ?? true);
  test.each(its.map((fault) => [fault.row, fault.fault, fault] as const))("row %i: %s", async (_, __, fault) => {
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
      const { text, finishReason = "stop" } = await call(client, fault);
      expect(text).toBe(expected.text);
      expect(finishReason).toBe(expected.finishReason ?? "stop");
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

async function call(client: Client, fault: Fault): Promise<Pick<ChatResult, "text"> & Partial<ChatResult>> {
  if (fault.call === "chat") return client.chat({ messages: prompt });
  if (fault.call !== "embed") return client.stream({ messages: prompt }).result;
  const { embeddings } = await client.embed({ input: [prompt, "another"] });
  return { text: JSON.stringify(embeddings) };
}

function checkError(error: InhouseError, { expected }: Fault): void {
  const codes = [expected.code].flat();
  expect(codes, error.stack).toContain(error.code);
  if (expected.phase) expect(error.phase).toBe(expected.phase);
  if (expected.text !== undefined) expect(error.partial?.text ?? "").toBe(expected.text);
  if (expected.message) expect(error.message).toMatch(expected.message);
  if (expected.retryAfterMs !== undefined) expect(error.retryAfterMs).toBe(expected.retryAfterMs);
  if (expected.requests !== undefined) expect(error.attempts).toHaveLength(expected.requests);
  expect(error.message.length).toBeLessThan(1_000);
  expect(error.message).not.toMatch(/[\p{Cc}\u202E]/u);
  expect(error.hint).not.toBe("");
  const shown = `${JSON.stringify(error)} ${error.stack ?? ""} ${inspect(error, { depth: null, showHidden: true })}`;
  expect(shown).not.toContain(apiKey);
  expect(shown).not.toContain(prompt);
}
