import { describe, expect, test } from "vitest";

import type { ErrorCode } from "../../src/core/error-codes.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { canned, chatRequest, eventsOf, json } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { recorded } from "../support/recorded.ts";

const failure = (status: number, message: string) =>
  failureOf(eventsOf(ollama({ transport: canned(json({ error: message }, status)) }).send, chatRequest()));

/** llama-server's report, as Ollama puts it into its own. */
const nested = (message: string): string =>
  JSON.stringify({ error: { code: 400, message, type: "invalid_request_error" } });

/** Errors of Ollama 0.34.2, from the wire or from its source, and what each is. */
test.each<[status: number, message: string, code: ErrorCode, hint?: string]>([
  [404, "model 'nope' not found", "not-found", 'provider.pull("nope")'],
  [404, 'model "nope" not found, try pulling it first', "not-found", "ollama pull nope"],
  [404, "model 'nope:latest' not found", "not-found", "nope:latest"],
  [404, "model '' not found", "invalid-request", "Name a model"],
  [404, "model 'a\u001B[2Jb' not found", "not-found", 'provider.pull("a [2Jb")'],
  [400, "model is required", "invalid-request"],
  [400, '"smol" does not support thinking', "unsupported", "`reasoning`"],
  [400, "registry.ollama.ai/library/smol:latest does not support tools", "unsupported", "`tools`"],
  [400, "registry.ollama.ai/library/smol:latest does not support insert", "unsupported", "`suffix`"],
  [400, '"smol-embed" does not support chat', "unsupported", "embed()"],
  [400, '"smol-embed" does not support generate', "unsupported", "embed()"],
  [400, "typical_p is no longer supported", "unsupported"],
  [400, "image generation models are not currently supported", "unsupported"],
  [501, "This server does not support embeddings. Start it with `--embeddings`", "unsupported", '"embedding"'],
  [400, nested("Multimodal data provided, but model does not support multimodal requests."), "unsupported", '"vision"'],
  [400, nested("Failed to load image or audio file"), "invalid-request"],
  [400, "illegal base64 data at input byte 3", "invalid-request"],
  [500, 'option "num_predict" must be of type integer', "invalid-request"],
  [500, 'option "temperature" must be of type float32', "invalid-request"],
  [500, 'invalid format: "\\"yaml\\""; expected "json" or a valid JSON Schema object', "invalid-request"],
  [500, "template: :1: unclosed action", "invalid-request"],
  [400, "template error: template: :1: unclosed action", "invalid-request"],
  [400, 'invalid think value: "extreme" (must be "high", "medium", "low", "max", true, or false)', "invalid-request"],
  [400, nested("JSON schema conversion failed:\nJSON schema error at #: unrecognized type foo"), "invalid-request"],
  [400, "raw mode does not support template, system, or context", "invalid-request"],
  [400, "json: cannot unmarshal number into Go struct field ChatRequest.model of type string", "invalid-request"],
  [400, 'time: invalid duration "soon"', "invalid-request"],
  [400, 'unsupported tensor "blk.27.attn_v.weight" offset+size exceeds file size', "invalid-request", "cut"],
  [400, "the input length exceeds the context length", "context-length", "numCtx"],
  [500, nested("input (1001 tokens) is too large to process. increase the physical batch size"), "context-length"],
  [503, "server busy, please try again.  maximum pending requests exceeded", "overloaded", "OLLAMA_MAX_QUEUE"],
  [401, "unauthorized", "auth", "apiKey"],
  [403, "", "forbidden", "OLLAMA_ORIGINS"],
  [404, "404 page not found", "not-found", "baseURL"],
  [500, "llama-server process no longer running: unknown ", "server", "log"],
  [500, "an error was encountered while running the model: unexpected EOF", "server", "log"],
  [500, "llama-server reported out-of-memory during startup: cudaMalloc failed", "server", "smaller"],
  [500, "model requires more system memory (5.6 GiB) than is available (3.1 GiB)", "server", "smaller"],
  [500, "llama-server process has terminated: exit status 1: error loading model", "server", "damaged"],
  [500, "timed out waiting for llama-server to start - progress 0.00", "server", "OLLAMA_LOAD_TIMEOUT"],
  [500, "error parsing tool call: raw='{', err=unexpected end of JSON input", "tool", "another try"],
])("%i %s is %s", async (status, message, code, hint = "") => {
  const error = await failure(status, message);
  expect([error.code, error.status]).toEqual([code, status]);
  expect(error.hint).toContain(hint);
  expect(error.message).not.toContain('{"error"');
});

describe("is tried again", () => {
  test.each([
    [500, "llama-server process no longer running: unknown "],
    [500, "an error was encountered while running the model: unexpected EOF"],
    [503, "server busy, please try again.  maximum pending requests exceeded"],
    [500, "error parsing tool call: raw='{', err=unexpected end of JSON input"],
    [500, "something new"],
  ])("%i %s", async (status, message) => {
    expect((await failure(status, message)).retryable).toBe(true);
  });
});

describe("is not tried again", () => {
  test.each([
    [500, 'option "num_ctx" must be of type integer'],
    [500, "llama-server reported out-of-memory during startup"],
    [500, "llama-server process has terminated: exit status 1"],
    [501, "This server does not support embeddings. Start it with `--embeddings`"],
  ])("%i %s", async (status, message) => {
    expect((await failure(status, message)).retryable).toBe(false);
  });
});

test("a prompt over the window, recorded: both numbers, out of the JSON inside the JSON", async () => {
  const reply = recorded("041-ctx512-notrunc", "ollama-0.34.2");
  const error = await failureOf(eventsOf(ollama({ transport: canned(reply) }).send, chatRequest()));
  expect(error).toMatchObject({
    code: "context-length",
    status: 400,
    promptTokens: 3_512,
    contextLength: 512,
    retryable: false,
  });
  expect(error.message).toMatch(/: request \(3512 tokens\) exceeds/);
  expect(error.hint).toContain("numCtx");
});
