import { InhouseError } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";
import type { ChatRequest, ModelRequest } from "../core/request.ts";
import { fittingGrammar } from "./fake-grammar.ts";
import { llamacppTranscription } from "./fake-hearing.ts";
import {
  chatWire,
  completionWire,
  embeddings,
  modelList,
  props,
  rerank,
  slotList,
  tokens,
  type Wire,
} from "./fake-llamacpp-wire.ts";
import type { FakeReply } from "./fake-reply.ts";
import type { FakeRequest } from "./fake-request.ts";
import { fitting, responseSchema } from "./fake-schema.ts";
import { checkFakeOptions, fakeServer, type FakeBehaviour, type FakeServer, type FakeTraits } from "./fake-server.ts";
import { answer, lengthOfPrompt } from "./memory-answers.ts";

/** Options of `fakeLlamacpp`. */
export interface FakeLlamacppOptions extends FakeBehaviour {
  /** The model's name. Default `fake`. */
  readonly model?: string;
  /** The context of a slot. Default 4,096. */
  readonly contextLength?: number;
  /** Demand this key, as `--api-key` does. */
  readonly apiKey?: string;
  /** The answer to every prompt. Default: the prompt's words again. */
  readonly text?: string;
  /** Answer 503 "Loading model" to this many requests first. Default 0. */
  readonly loadingReplies?: number;
  /** Whether the model's chat template shows tools. Default true. */
  readonly toolTemplate?: boolean;
  /** Whether the model hears. Default false. */
  readonly hears?: boolean;
}

type Body = FakeRequest["body"];

const optionNames: Record<Exclude<keyof FakeLlamacppOptions, keyof FakeBehaviour>, true> = {
  model: true,
  contextLength: true,
  apiKey: true,
  text: true,
  loadingReplies: true,
  toolTemplate: true,
  hears: true,
};

const errorOf = (status: number, message: string, type: string, more: object = {}): object => ({
  error: { code: status, message, type, ...more },
});

const traits: FakeTraits = {
  headers: { server: "llama.cpp" },
  calls: ["/v1/chat/completions", "/completion", "/infill", "/v1/embeddings", "/v1/rerank", "/v1/audio/transcriptions"],
  loading: "not-ready",
  headersFirst: false,
  error: (status, message) => errorOf(status, message, status === 503 ? "unavailable_error" : "server_error"),
  errorFrames: [errorOf(500, "Compute error.", "server_error")],
};

/** A llama-server on loopback without a model: the wire of b11549, the answers of `memory()`. Throws `invalid-request`. */
export async function fakeLlamacpp(options: FakeLlamacppOptions = {}): Promise<FakeServer> {
  checkFakeOptions("fakeLlamacpp", options, optionNames);
  const {
    model = "fake",
    contextLength = 4_096,
    apiKey,
    text,
    toolTemplate = true,
    hears = false,
    slots = 1,
  } = options;
  let loading = options.loadingReplies ?? 0;
  const settings = { model, contextLength, ...(text === undefined ? {} : { text }) };

  function reject(reply: FakeReply, status: number, type: string, message: string, more: object = {}): void {
    reply.json(errorOf(status, message, type, more), status);
  }

  async function generate(request: ModelRequest, body: Body, reply: FakeReply, wire: Wire): Promise<void> {
    let events: readonly ModelEvent[];
    const forced = forcedText(body);
    try {
      events = answer(request, forced === undefined ? settings : { ...settings, text: forced });
    } catch (error) {
      if (!(error instanceof InhouseError)) throw error;
      const { promptTokens, contextLength: window } = error;
      const message = `request (${promptTokens} tokens) exceeds the available context size (${window} tokens), try increasing it`;
      const numbers = { n_prompt_tokens: promptTokens, n_ctx: window };
      return reject(reply, 400, "exceed_context_size_error", message, numbers);
    }
    return reply.events(wire(events, model));
  }

  const server = await fakeServer(
    (request, reply) => {
      const { body } = request;
      const path = request.path.replace(/\?.*/, "");
      if (loading > 0) {
        loading -= 1;
        return reject(reply, 503, "unavailable_error", "Loading model");
      }
      if (path === "/health") return reply.json({ status: "ok" });
      if (apiKey !== undefined && request.headers["authorization"] !== `Bearer ${apiKey}`) {
        return reject(reply, 401, "authentication_error", "Invalid API Key");
      }
      switch (`${request.method} ${path}`) {
        case "GET /v1/models":
          return reply.json(modelList(model, contextLength, hears));
        case "GET /props":
          return reply.json(props(model, contextLength, { tools: toolTemplate, hears, slots }));
        case "GET /slots":
          return reply.json(slotList(slots, server.load().busy, contextLength));
        case "POST /v1/chat/completions":
          return generate(chatRequest(body), body, reply, (events, name) =>
            chatWire(body["logprobs"] === true)([...echo(body), ...events], name),
          );
        case "POST /v1/chat/completions/input_tokens":
          return reply.json({ input_tokens: lengthOfPrompt(chatRequest(body)), object: "response.input_tokens" });
        case "POST /completion":
          return generate(completionRequest(body, String(body["prompt"])), body, reply, completionWire);
        case "POST /infill":
          return generate(completionRequest(body, String(body["input_prefix"])), body, reply, completionWire);
        case "POST /tokenize":
          return reply.json(tokens(String(body["content"]), body["with_pieces"] === true));
        case "POST /detokenize":
          return reply.json({ content: String.fromCharCode(...(body["tokens"] as number[])) });
        case "POST /v1/embeddings":
          return reply.whole(embeddings(body, settings), 0);
        case "POST /v1/audio/transcriptions":
          if (!hears)
            return reject(reply, 501, "not_supported_error", "The current model does not support audio input.");
          return llamacppTranscription(request, reply, settings, (message) =>
            reject(reply, 400, "invalid_request_error", message),
          );
        case "POST /v1/rerank":
          return reply.whole(rerank(body, settings), 0);
        default:
          return reject(reply, 404, "not_found_error", "File Not Found");
      }
    },
    traits,
    options,
  );
  return server;
}

/** A text that the grammar or the schema allows, of those that a fake can read. */
function forcedText({ grammar, response_format: format, json_schema: schema = responseSchema(format) }: Body) {
  if (schema !== undefined) return fitting(schema);
  return typeof grammar === "string" ? fittingGrammar(grammar) : undefined;
}

function sampling(body: Body) {
  const { n_predict: maxTokens, stop } = body;
  return {
    ...(typeof maxTokens === "number" ? { maxTokens } : {}),
    ...(Array.isArray(stop) ? { stop: stop as string[] } : {}),
  };
}

function chatRequest(body: Body): ChatRequest {
  const tools = (body["tools"] as { function: { name: string } }[] | undefined) ?? [];
  return {
    kind: "chat",
    messages: body["messages"] as never,
    sampling: sampling(body),
    stream: true,
    n: (body["n"] as number | undefined) ?? 1,
    tools: tools.map(({ function: { name } }) => ({ name })), // a call that is required is not forced by the real one either
  };
}

/** llama-server repeats the beginning of an answer that the last message gives. */
function echo(body: Body): readonly ModelEvent[] {
  const last = (body["messages"] as { role: string; content: unknown }[]).at(-1);
  if (last?.role !== "assistant" || typeof last.content !== "string") return [];
  return [{ type: "text-delta", choice: 0, text: last.content }];
}

function completionRequest(body: Body, prompt: string): ModelRequest {
  const n = (body["n_cmpl"] as number | undefined) ?? 1;
  return { kind: "completion", prompt, sampling: sampling(body), stream: true, n };
}
