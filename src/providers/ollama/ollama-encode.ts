import { InhouseError } from "../../core/error.ts";
import type { CompletionRequest, EmbeddingRequest, ModelRequest } from "../../core/request.ts";
import { wholeBody } from "../../http/whole-body.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import { encodeOllamaChat } from "./ollama-chat-encode.ts";
import { ollamaDecoder } from "./ollama-decode.ts";
import { ollamaEmbeddingDecoder } from "./ollama-embedding-decode.ts";
import { encodeGeneration, extrasOf, unsupported } from "./ollama-generation.ts";
import { encodeOllamaTranscription } from "./ollama-transcription.ts";

/** Writes a request for Ollama's native protocol; rejects with `unsupported` for what Ollama has not. */
export async function encodeOllama(request: ModelRequest): Promise<WireRequest> {
  switch (request.kind) {
    case "chat":
      return encodeOllamaChat(request);
    case "completion":
      return encodeCompletion(request);
    case "embedding":
      return encodeEmbedding(request);
    case "transcription":
      return encodeOllamaTranscription(request);
    case "rerank":
    case "classification":
    case "tokenization":
    case "detokenization":
      throw unsupported(request.kind);
  }
}

/** `/api/generate`, whose answer is a completion only where the prompt stays raw: else the chat template goes around it. */
async function encodeCompletion(request: CompletionRequest): Promise<WireRequest> {
  const { prompt, suffix, model } = request;
  if (typeof prompt !== "string") throw unsupported("prompts of token ids", "Pass the prompt as text.");
  if (prompt === "") {
    throw new InhouseError("invalid-request", "prompt: ollama takes an empty one for a request to load the model.", {
      provider: "ollama",
      hint: "Use load() of the provider for that.",
    });
  }
  const { body, extras, framing, logprobs, text, warnings, includeRaw } = await encodeGeneration(request);
  const templated = suffix !== undefined || extras["template"] !== undefined || extras["system"] !== undefined;
  if (templated && extras["raw"] === true) {
    throw new InhouseError("invalid-request", "providerOptions.ollama: raw excludes suffix, template and system.", {
      provider: "ollama",
      hint: "They are put into the prompt by the model's template, which raw leaves out.",
    });
  }
  return {
    path: "/api/generate",
    body: { ...body, prompt, suffix, raw: !templated, think: false, ...extras },
    framing,
    decoder: ollamaDecoder({ route: "generate", logprobs, text }),
    warnings,
    model,
    includeRaw,
  };
}

async function encodeEmbedding(request: EmbeddingRequest): Promise<WireRequest> {
  const { model, inputs, dimensions } = request;
  const extras = await extrasOf(request);
  return {
    path: "/api/embed",
    // Ollama would cut an input that is too long in silence.
    body: { model, input: inputs, truncate: false, dimensions, options: extras.options, ...extras.body },
    framing: wholeBody,
    decoder: ollamaEmbeddingDecoder(inputs.length, dimensions),
    warnings: [],
    model,
    includeRaw: false,
  };
}
