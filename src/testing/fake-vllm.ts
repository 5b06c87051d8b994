import { InhouseError } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";
import type { ModelRequest } from "../core/request.ts";
import { fittingGrammar, fittingRegex } from "./fake-grammar.ts";
import { vllmTranscription } from "./fake-hearing.ts";
import type { FakeReply } from "./fake-reply.ts";
import type { FakeRequest } from "./fake-request.ts";
import { fitting, responseSchema } from "./fake-schema.ts";
import { checkFakeOptions, fakeServer, type FakeBehaviour, type FakeServer, type FakeTraits } from "./fake-server.ts";
import { classes, embeddings, rerank, scores, tokens } from "./fake-vllm-tables.ts";
import { chatReply, chatStream, completionReply, completionStream, type Generated } from "./fake-vllm-wire.ts";
import { answer } from "./memory-answers.ts";

/** Options of `fakeVllm`. */
export interface FakeVllmOptions extends FakeBehaviour {
  /** The model's name. Default `fake`. */
  readonly model?: string;
  /** What the model is for, which decides the routes that there are. Default `generate`. */
  readonly task?: "generate" | "embed" | "classify" | "transcribe";
  /** The model's window. Default 4,096. */
  readonly contextLength?: number;
  /** Demand this key under `/v1`, as `--api-key` does. */
  readonly apiKey?: string;
  /** The answer to every prompt. Default: the prompt's words again. */
  readonly text?: string;
  /** Refuse this many requests first, as a vLLM does whose queue is full. Default 0. */
  readonly busyReplies?: number;
}

const optionNames: Record<Exclude<keyof FakeVllmOptions, keyof FakeBehaviour>, true> = {
  model: true,
  task: true,
  contextLength: true,
  apiKey: true,
  text: true,
  busyReplies: true,
};

type Body = FakeRequest["body"];
type Answering = (body: Body, reply: FakeReply, request: FakeRequest) => void | Promise<void>;

/** What a failed engine says in a stream, its `[DONE]` included. */
const engineDead = {
  error: { message: "EngineCore encountered an issue.", type: "InternalServerError", param: null, code: 500 },
};

const traits: FakeTraits = {
  calls: [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/rerank",
    "/rerank",
    "/score",
    "/pooling",
    "/classify",
    "/v1/audio/transcriptions",
  ],
  loading: "not-listening",
  headersFirst: true,
  error: (status, words) =>
    status === 503
      ? errorOf(status, "Service Unavailable", queueFull)
      : errorOf(status, status === 500 ? "InternalServerError" : "RateLimitError", words),
  errorFrames: [engineDead, "[DONE]"],
  abortFrames: [
    { object: "chat.completion.chunk", choices: [{ index: 0, delta: {}, text: "", finish_reason: "abort" }] },
    "[DONE]",
  ],
};

/** A vLLM on loopback without a model: the wire of 0.32.0, the answers of `memory()`. Throws `invalid-request`. */
export async function fakeVllm(options: FakeVllmOptions = {}): Promise<FakeServer> {
  checkFakeOptions("fakeVllm", options, optionNames);
  const { model = "fake", task = "generate", contextLength = 4_096, apiKey, text } = options;
  let busy = options.busyReplies ?? 0;
  const settings = { model, contextLength, ...(text === undefined ? {} : { text }) };

  async function generate(
    request: ModelRequest,
    body: Body,
    reply: FakeReply,
    stream: (generated: Generated) => readonly (string | object)[],
    whole: (generated: Generated) => object,
  ): Promise<void> {
    const forced = forcedText(body);
    let events: readonly ModelEvent[];
    try {
      events = answer(request, forced === undefined ? settings : { ...settings, text: forced });
    } catch (error) {
      if (!(error instanceof InhouseError)) throw error;
      return reject(reply, 400, "BadRequestError", tooLong(contextLength), "input_tokens");
    }
    const generated = { events, body, model };
    if (body["stream"] === true) return reply.events(stream(generated));
    return reply.whole(whole(generated), events.filter(({ type }) => type === "text-delta").length);
  }

  const ranking: Answering = (body, reply) => reply.whole(rerank(body, settings), 0);
  const pooling: Answering = (body, reply) => reply.whole(embeddings(body, settings, "data"), 0);
  const byTask: Readonly<Record<typeof task, Readonly<Record<string, Answering>>>> = {
    generate: {
      "/v1/chat/completions": (body, reply) => generate(chatRequest(body), body, reply, chatStream, chatReply),
      "/v1/completions": (body, reply) =>
        generate(completionRequest(body), body, reply, completionStream, completionReply),
    },
    embed: {
      "/v1/embeddings": (body, reply) => reply.whole(embeddings(body, settings), 0),
      "/rerank": ranking,
      "/v1/rerank": ranking,
      "/score": (body, reply) => reply.whole(scores(body, settings), 0),
      "/pooling": pooling,
    },
    classify: { "/classify": (body, reply) => reply.whole(classes(body, settings), 0), "/pooling": pooling },
    transcribe: {
      "/v1/audio/transcriptions": (_, reply, request) =>
        vllmTranscription(request, reply, settings, (message) => reject(reply, 400, "BadRequestError", message)),
    },
  };
  const routes: Readonly<Record<string, Answering>> = {
    ...byTask[task],
    "/tokenize": (body, reply) => reply.json(tokens(body, contextLength)),
    "/detokenize": (body, reply) => reply.json({ prompt: String.fromCharCode(...(body["tokens"] as number[])) }),
  };
  const told: Readonly<Record<string, (reply: FakeReply) => void>> = {
    "/health": (reply) => reply.text(""),
    "/version": (reply) => reply.json({ version: "0.32.0-fake" }),
    "/load": (reply) => reply.json({ server_load: 0 }),
    "/openapi.json": (reply) =>
      reply.json({ openapi: "3.1.0", paths: Object.fromEntries(mounted().map((path) => [path, {}])) }),
    "/metrics": (reply) => reply.text(metrics(server.load(), model)),
    "/v1/models": (reply) =>
      reply.json({
        object: "list",
        data: [
          { id: model, object: "model", owned_by: "vllm", root: model, parent: null, max_model_len: contextLength },
        ],
      }),
  };
  const mounted = (): readonly string[] => [...Object.keys(routes), ...Object.keys(told)];

  const server = await fakeServer(
    (request, reply) => {
      const path = request.path.replace(/\?.*/, "");
      if (apiKey !== undefined && path.startsWith("/v1") && request.headers["authorization"] !== `Bearer ${apiKey}`) {
        return reply.json({ error: "Unauthorized" }, 401);
      }
      if (request.method === "GET") return told[path] ? told[path](reply) : reply.json({ detail: "Not Found" }, 404);
      const route = routes[path];
      if (!route) return reply.json({ detail: "Not Found" }, 404);
      if (busy > 0) {
        busy -= 1;
        return reject(reply, 503, "Service Unavailable", queueFull);
      }
      const asked = request.body["model"] as string | undefined;
      if (asked !== undefined && asked !== model) {
        const message = `The model \`${asked}\` does not exist. Valid aliases: ${model}.`;
        return reject(reply, 404, "NotFoundError", message, "model");
      }
      return route(request.body, reply, request);
    },
    traits,
    options,
  );
  return server;
}

function reject(reply: FakeReply, status: number, type: string, message: string, param: string | null = null): void {
  reply.json(errorOf(status, type, message, param), status);
}

function errorOf(status: number, type: string, message: string, param: string | null = null): object {
  return { error: { message, type, param, code: status } };
}

const queueFull =
  "The engine is currently busy and cannot accept new requests. Please try again later or on a different instance.";

/** The number that vLLM names is that of its window and one, however long the prompt is. */
function tooLong(contextLength: number): string {
  const read = contextLength + 1;
  return `This model's maximum context length is ${contextLength} tokens. However, your prompt contains at least ${read} input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=${read})`;
}

interface Constraint {
  readonly choice?: readonly string[];
  readonly grammar?: string;
  readonly regex?: string;
  readonly json?: unknown;
}

/** A short text that a constraint allows, for those that a fake can read. */
function forcedText(body: Body): string | undefined {
  const { choice, grammar, regex, json } = (body["structured_outputs"] ?? {}) as Constraint;
  if (choice) return choice[0];
  const schema = json ?? responseSchema(body["response_format"]);
  if (schema !== undefined) return fitting(schema);
  if (regex !== undefined) return fittingRegex(regex);
  return grammar === undefined ? undefined : fittingGrammar(grammar);
}

function metrics({ busy, waiting }: { readonly busy: number; readonly waiting: number }, model: string): string {
  const sample = (name: string, value: number): string =>
    `# TYPE vllm:${name} gauge\nvllm:${name}{engine="0",model_name="${model}"} ${value.toFixed(1)}\n`;
  const values = { num_requests_running: busy, num_requests_waiting: waiting, kv_cache_usage_perc: 0 };
  return Object.entries(values)
    .map(([name, value]) => sample(name, value))
    .join("");
}

function sampling(body: Body) {
  const { max_tokens: maxTokens, stop } = body;
  return {
    ...(typeof maxTokens === "number" ? { maxTokens } : {}),
    ...(Array.isArray(stop) ? { stop: stop as string[] } : {}),
  };
}

function chatRequest(body: Body): ModelRequest {
  const tools = (body["tools"] as { function: { name: string } }[] | undefined) ?? [];
  const choice = body["tool_choice"] as string | { function: { name: string } } | undefined;
  const forced =
    typeof choice === "object" ? { name: choice.function.name } : choice === "required" ? choice : undefined;
  return {
    kind: "chat",
    messages: body["messages"] as never,
    sampling: sampling(body),
    stream: true,
    n: (body["n"] as number | undefined) ?? 1,
    tools: tools.map(({ function: { name } }) => ({ name })),
    ...(forced === undefined ? {} : { toolChoice: forced }),
  };
}

function completionRequest(body: Body): ModelRequest {
  const n = (body["n"] as number | undefined) ?? 1;
  return { kind: "completion", prompt: String(body["prompt"]), sampling: sampling(body), stream: true, n };
}
