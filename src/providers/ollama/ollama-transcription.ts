import { InhouseError } from "../../core/error.ts";
import type { TranscriptionRequest } from "../../core/request.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import type { TranscriptionDialect } from "../openai-compatible/openai-dialect.ts";
import { encodeTranscription } from "../openai-compatible/openai-transcription.ts";

/** Ollama (0.34.2) has a chat model that hears write down what it hears, at temperature 0; it tells no times. */
const dialect: TranscriptionDialect = { text: { response_format: "json" }, alwaysStreams: false, temperature: false };

/** Writes a transcription for Ollama, over its OpenAI protocol: the native one has none. */
export function encodeOllamaTranscription(request: TranscriptionRequest): WireRequest {
  const options = Object.keys(request.providerOptions?.["ollama"] ?? {});
  if (options.length > 0) {
    throw new InhouseError(
      "invalid-request",
      `providerOptions.ollama (transcription): ${options[0]} has no effect there.`,
      {
        provider: "ollama",
      },
    );
  }
  return encodeTranscription(request, { provider: "ollama", path: "/v1/audio/transcriptions", dialect, extras: {} });
}
