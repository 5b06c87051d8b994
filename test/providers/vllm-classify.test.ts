import { expect, test } from "vitest";

import type { ErrorCode } from "../../src/core/error-codes.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, chatRequest, eventsOf, json } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const failure = (status: number, body: unknown) =>
  failureOf(eventsOf(vllm({ transport: canned(json(body, status)) }).send, chatRequest()));
const reported = (status: number, message: string, type = "BadRequestError") =>
  failure(status, { error: { message, type, param: null, code: status } });

/** What vLLM 0.32.0 sent, and what it is. */
test.each<[status: number, message: string, code: ErrorCode, hint?: string]>([
  [400, "max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)", "invalid-request"],
  [400, "temperature must be in [0, 2], got 3.0. (parameter=temperature, value=3.0)", "invalid-request"],
  [400, "n must be 1 when using greedy sampling, got 2.", "invalid-request", "temperature"],
  [
    400,
    "1 validation error:\n  {'type': 'missing', 'loc': 'body.messages', 'msg': 'Field required'}",
    "invalid-request",
  ],
  [
    400,
    "2 validation errors:\n  {'type': 'string_type', 'loc': 'body.stop'}\n  {'type': 'too_long', 'loc': 'body.stop', 'msg': 'List should have at most 4 items'}",
    "invalid-request",
    "VLLM_MAX_STOP_STRINGS",
  ],
  [400, "Grammar error: Invalid type: objekt", "invalid-request"],
  [
    400,
    "You can only use one kind of constraints for structured outputs ('json', 'regex' or 'choice').",
    "invalid-request",
  ],
  [
    400,
    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    "unsupported",
    "--tool-call-parser",
  ],
  [400, 'tool_choice="required" requires --tool-call-parser to be set', "unsupported", "--enable-auto-tool-choice"],
  [400, "smollm2 is not a multimodal model", "unsupported", "takes such input"],
  [400, "At most 0 audio(s) may be provided in one prompt. (parameter=audio)", "unsupported"],
  [
    400,
    "At most 2 image(s) may be provided in one prompt. (parameter=image)",
    "invalid-request",
    "--limit-mm-per-prompt",
  ],
  [400, "Failed to load image: image file is truncated", "invalid-request", "picture"],
  [400, "suffix is only supported for models with FIM completion rendering", "unsupported"],
  [
    400,
    "Model 'minilm' does not support Matryoshka embeddings; dimensions must be unset (received dimensions=64).",
    "unsupported",
    "dimensions",
  ],
  [
    400,
    "Chat template is passed with request, but --trust-request-chat-template is not set. Refused request with untrusted chat template.",
    "unsupported",
    "--trust-request-chat-template",
  ],
  [
    400,
    "Per-request mm_processor_kwargs are disabled by default because they can change … Start the server with --trust-request-mm-kwargs only when clients are trusted.",
    "unsupported",
    "--trust-request-mm-kwargs",
  ],
  [
    400,
    "thinking_token_budget is set but reasoning_config is not configured. Please set --reasoning-parser",
    "unsupported",
    "--reasoning-parser",
  ],
  [404, "The model `nope` does not exist. Valid aliases: smollm2.", "not-found"],
  [422, "Failed to fetch media", "invalid-request"],
  [500, "Cannot connect to host 127.0.0.1:1 ssl:default [Connect call failed ('127.0.0.1', 1)]", "invalid-request"],
  [
    500,
    "Call to add_lora method failed: Worker failed with error 'LoRA is not enabled. Use --enable-lora to enable LoRA.'",
    "unsupported",
    "--enable-lora",
  ],
  [501, "The model does not support Embeddings API", "unsupported", "describe()"],
  [
    503,
    "The engine is currently busy and cannot accept new requests. Please try again later or on a different instance.",
    "overloaded",
  ],
])("%i %s: %s", async (status, message, code, hint = "") => {
  const error = await reported(status, message);
  expect([error.code, error.status]).toEqual([code, status]);
  expect(error.message).toContain(message.slice(0, 15));
  expect(error.hint).toContain(hint);
});

test.each<[string, object]>([
  [
    "This model's maximum context length is 2048 tokens. However, your prompt contains at least 2049 input tokens, which exceeds this limit even without any output tokens. (parameter=input_tokens, value=2049)",
    { contextLength: 2_048, promptTokens: undefined },
  ],
  [
    "This model's maximum context length is 2048 tokens. However, your prompt contains 3001 input tokens, which exceeds this limit even without any output tokens.",
    { contextLength: 2_048, promptTokens: 3_001 },
  ],
  [
    "This model's maximum context length is 2048 tokens. However, your prompt contains 90000 characters (more than 18432 characters, which is the upper bound for 2048 input tokens).",
    { contextLength: 2_048, promptTokens: undefined },
  ],
  [
    "This model's maximum context length is 8192 tokens. However, you requested 500 output tokens and your prompt contains 8000 input tokens, for a total of 8500 tokens.",
    { contextLength: 8_192, promptTokens: 8_000 },
  ],
  [
    "The decoder prompt (length 3001) is longer than the maximum model length of 2048. Make sure that …",
    { contextLength: 2_048, promptTokens: 3_001 },
  ],
  [
    "The engine prompt length 3001 exceeds the max_model_len 2048. Please reduce prompt.",
    { contextLength: 2_048, promptTokens: 3_001 },
  ],
])("a prompt too long, with what the server counted to its end: %s", async (message, numbers) => {
  const error = await reported(400, message);
  expect(error).toMatchObject({ code: "context-length", retryable: false });
  const { contextLength, promptTokens } = error;
  expect({ contextLength, promptTokens }).toEqual(numbers);
});

test("more output than the window holds is the caller's mistake, with the most that there may be", async () => {
  const message = "max_tokens=5000 cannot be greater than max_model_len=2048. Please request fewer output tokens.";
  expect(await reported(400, message)).toMatchObject({
    code: "invalid-request",
    contextLength: 2_048,
    hint: "maxTokens may be 2048 at the most, or absent.",
  });
});

test("a refused key is a text, a missing route a detail, a dead engine no reason to try again", async () => {
  expect((await failure(401, { error: "Unauthorized" })).code).toBe("auth");
  expect(await failure(404, { detail: "Not Found" })).toMatchObject({
    code: "unsupported",
    hint: expect.stringContaining("describe()"),
  });
  for (const message of [
    "EngineCore encountered an issue. See stack trace (above) for the root cause.",
    "cannot schedule new futures after shutdown",
  ]) {
    expect(await reported(500, message)).toMatchObject({ code: "server", retryable: false });
  }
  expect(await reported(500, "something new")).toMatchObject({ code: "server", retryable: true });
});
