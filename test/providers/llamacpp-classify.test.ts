import { expect, test } from "vitest";

import type { ErrorCode } from "../../src/core/error-codes.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { canned, chatRequest, eventsOf, json } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

/** Bodies of llama-server b11434 as they were sent, and what each is. */
test.each<[status: number, message: string, type: string, code: ErrorCode, hint?: string]>([
  [400, "'messages' is required", "invalid_request_error", "invalid-request"],
  [400, "Expected 'messages' to be an array", "invalid_request_error", "invalid-request"],
  [
    400,
    "[json.exception.parse_error.101] parse error at line 1, column 15",
    "invalid_request_error",
    "invalid-request",
  ],
  [
    400,
    "Field 'temperature': [json.exception.type_error.302] type must be number, but is string",
    "invalid_request_error",
    "invalid-request",
  ],
  [400, "Field 'n': Value must be between 1 <= value <= 2, but got 3", "invalid_request_error", "invalid-request"],
  [400, "unsupported content[].type", "invalid_request_error", "invalid-request"],
  [500, 'Failed to parse messages: Missing \'role\' in message: {"content":"x"}', "server_error", "invalid-request"],
  [500, 'Failed to parse messages: Missing tool call type: {"id":"abc"}', "server_error", "invalid-request"],
  [
    500,
    "Failed to parse tools: [json.exception.out_of_range.403] key 'name' not found",
    "server_error",
    "invalid-request",
  ],
  [500, "Cannot use both json_schema and grammar", "server_error", "invalid-request"],
  [400, "Failed to initialize samplers: failed to parse grammar", "invalid_request_error", "invalid-request", "GBNF"],
  [
    400,
    "Unable to generate parser for this template. Automatic parser generation failed: JSON schema error at #",
    "invalid_request_error",
    "invalid-request",
  ],
  [400, "Cannot use custom grammar constraints with tools.", "invalid_request_error", "invalid-request"],
  [400, "logprobs is not supported with tools + stream", "invalid_request_error", "invalid-request"],
  [400, "Invalid tool_choice: sometimes", "invalid_request_error", "invalid-request"],
  [
    500,
    "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
    "server_error",
    "unsupported",
    "--mmproj",
  ],
  [501, "The current model does not support audio input.", "not_supported_error", "unsupported", "--mmproj"],
  [
    501,
    "Infill is not supported by this model: prefix token is missing. ",
    "not_supported_error",
    "unsupported",
    "fill-in-the-middle",
  ],
  [
    501,
    "This server does not support embeddings. Start it with `--embeddings`",
    "not_supported_error",
    "unsupported",
    "--embeddings",
  ],
  [
    501,
    "This server does not support reranking. Start it with `--reranking`",
    "not_supported_error",
    "unsupported",
    "--reranking",
  ],
  [
    400,
    "Pooling type 'none' is not OAI compatible. Please use a different pooling type",
    "invalid_request_error",
    "unsupported",
    "--pooling",
  ],
  [
    500,
    "input (1001 tokens) is too large to process. increase the physical batch size (current batch size: 512)",
    "server_error",
    "context-length",
    "--ubatch-size",
  ],
  [503, "Loading model", "unavailable_error", "not-ready", "waitUntilReady"],
  [503, "no slot available", "unavailable_error", "overloaded"],
  [
    500,
    "The model produced output that does not match the expected peg-native format",
    "server_error",
    "server",
    "another try",
  ],
  [401, "Invalid API Key", "authentication_error", "auth", "apiKey"],
  [403, "this feature is disabled", "feature_disabled", "forbidden"],
  [404, "File Not Found", "not_found_error", "not-found"],
  [400, "model name is missing from the request", "invalid_request_error", "invalid-request", "name one"],
  [400, "model 'nope' not found", "invalid_request_error", "not-found"],
  [400, "model is not loaded", "invalid_request_error", "not-ready", "/models/load"],
  [500, "Compute error.", "server_error", "server", "--ctx-size"],
  [500, "model name=broken failed to load", "server_error", "server", "log"],
])("%i %s (%s) is %s", async (status, message, type, code, hint = "") => {
  const transport = canned(json({ error: { code: status, message, type } }, status));
  const error = await failureOf(eventsOf(llamacpp({ transport }).send, chatRequest()));
  expect([error.code, error.status]).toEqual([code, status]);
  expect(error.message).toContain(message.trim().slice(0, 40));
  expect(error.hint).toContain(hint);
});

test("a caller's mistake dressed as 500 is not retried, nor is a model that does not load; a server's failure is", async () => {
  const retryable = async (message: string) => {
    const transport = canned(json({ error: { code: 500, message, type: "server_error" } }, 500));
    return (await failureOf(eventsOf(llamacpp({ transport }).send, chatRequest()))).retryable;
  };
  expect(await retryable("Failed to parse messages: Missing 'role' in message")).toBe(false);
  expect(await retryable("image input is not supported")).toBe(false);
  expect(await retryable("model name=broken failed to load")).toBe(false);
  expect(await retryable("Compute error.")).toBe(false);
  expect(await retryable("CUDA error: an illegal memory access was encountered")).toBe(false);
  expect(await retryable("The model produced output that does not match the expected peg-native format")).toBe(true);
  expect(await retryable("something new")).toBe(true);
});
