import type { ModelEvent } from "../core/event.ts";
import type { ModelRequest } from "../core/request.ts";
import type { FakeRequest } from "./fake-request.ts";
import { answer } from "./memory-answers.ts";

type Body = FakeRequest["body"];

/** What the fake knows of itself. */
export interface FakeOllamaSettings {
  readonly model: string;
  readonly contextLength: number;
  readonly hears?: boolean;
  readonly text?: string;
}

const date = "2026-01-01T00:00:00Z";

/** The lines of `/api/chat`, or of `/api/generate`, for the events of an answer. */
export function generationLines(events: readonly ModelEvent[], body: Body, route: "chat" | "generate"): object[] {
  const piece = (text: string, more: object = {}): object =>
    route === "chat" ? { message: { role: "assistant", content: text, ...more } } : { response: text, ...more };
  const line = (fields: object): object => ({ model: body["model"], created_at: date, ...fields });
  return events.flatMap((event): object[] => {
    switch (event.type) {
      case "text-delta": {
        const logprobs = body["logprobs"] === true ? { logprobs: [{ token: event.text, logprob: 0, bytes: [] }] } : {};
        return [line({ ...piece(event.text), done: false, ...logprobs })];
      }
      case "reasoning-delta":
        return [line({ ...piece("", { thinking: event.text }), done: false })];
      case "tool-call": {
        const { index, id, name } = event;
        const call = { id, function: { index, name, arguments: JSON.parse(event.arguments) as unknown } };
        return [line({ ...piece("", { tool_calls: [call] }), done: false })];
      }
      case "finish": {
        const reason = event.finishReasons[0] === "length" ? "length" : "stop"; // it never says tool calls
        const { inputTokens = 0, outputTokens = 0 } = event.usage ?? {};
        return [line({ ...piece(""), done: true, done_reason: reason, ...metrics(inputTokens, outputTokens) })];
      }
      default:
        return [];
    }
  });
}

const metrics = (inputTokens: number, outputTokens: number): object => ({
  total_duration: 3_000_000,
  load_duration: 1_000_000,
  prompt_eval_count: inputTokens,
  prompt_eval_cached_count: 0,
  prompt_eval_duration: 1_000_000,
  eval_count: outputTokens,
  eval_duration: 1_000_000,
});

/** The request of `/api/chat` or `/api/generate` in our own form. */
export function generationRequest(body: Body, route: "chat" | "generate"): ModelRequest {
  const { num_predict: maxTokens, stop } = (body["options"] ?? {}) as Body;
  const sampling = {
    ...(typeof maxTokens === "number" ? { maxTokens } : {}),
    ...(Array.isArray(stop) ? { stop: stop as string[] } : {}),
  };
  return route === "chat"
    ? { kind: "chat", messages: body["messages"] as never, sampling, stream: true }
    : { kind: "completion", prompt: String(body["prompt"]), sampling, stream: true };
}

/** The text of llama-server's report, which Ollama puts into its own as it is. */
export function tooLong(promptTokens: number, contextLength: number): string {
  const message = `request (${promptTokens} tokens) exceeds the available context size (${contextLength} tokens), try increasing it`;
  const numbers = { n_prompt_tokens: promptTokens, n_ctx: contextLength };
  return JSON.stringify({ error: { code: 400, message, type: "exceed_context_size_error", ...numbers } });
}

/** The reply of `POST /api/embed`. */
export function embeddings(body: Body, settings: FakeOllamaSettings): object {
  const inputs = [body["input"]].flat() as string[];
  const length = (body["dimensions"] as number | undefined) ?? Number.POSITIVE_INFINITY;
  const vectors = answer({ kind: "embedding", inputs }, settings).flatMap((event) =>
    event.type === "embedding" ? [event.vector.slice(0, length)] : [],
  );
  return { model: body["model"], embeddings: vectors, total_duration: 1, load_duration: 1, prompt_eval_count: 1 };
}

const details = { parent_model: "", format: "gguf", family: "fake", families: ["fake"], quantization_level: "F16" };
const capabilities = ({ hears = false }: FakeOllamaSettings): readonly string[] =>
  ["completion", "tools", "insert", "thinking", "vision", "embedding"].concat(hears ? ["audio"] : []);

/** An entry of `GET /api/tags`. */
export const tag = (name: string, settings: FakeOllamaSettings): object => ({
  name,
  model: name,
  modified_at: date,
  size: 1_024,
  digest: "0".repeat(64),
  details: { ...details, context_length: 2 * settings.contextLength, embedding_length: 26 },
  capabilities: capabilities(settings),
});

/** An entry of `GET /api/ps`. */
export const loaded = (name: string, { contextLength }: FakeOllamaSettings): object => ({
  name,
  model: name,
  size: 2_048,
  digest: "0".repeat(64),
  details,
  expires_at: "2036-01-01T00:00:00Z",
  size_vram: 0,
  context_length: contextLength,
});

/** The reply of `POST /api/show`. */
export const shown = (settings: FakeOllamaSettings): object => ({
  parameters: 'stop                           "<|im_end|>"',
  template: "{{ .Prompt }}",
  details,
  model_info: {
    "general.architecture": "fake",
    "general.parameter_count": 1_000,
    "fake.context_length": 2 * settings.contextLength,
    "fake.embedding_length": 26,
  },
  capabilities: capabilities(settings),
  modified_at: date,
});

/** The lines of a pull. */
export const pulling: readonly object[] = [
  { status: "pulling manifest" },
  { status: "pulling 000000000000", digest: `sha256:${"0".repeat(64)}`, total: 1_024 },
  { status: "pulling 000000000000", digest: `sha256:${"0".repeat(64)}`, total: 1_024, completed: 1_024 },
  { status: "verifying sha256 digest" },
  { status: "writing manifest" },
  { status: "success" },
];
