import { InhouseError } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";
import { hear } from "./fake-hearing.ts";
import {
  embeddings,
  generationLines,
  generationRequest,
  loaded,
  pulling,
  shown,
  tag,
  tooLong,
  type FakeOllamaSettings,
} from "./fake-ollama-wire.ts";
import type { FakeReply } from "./fake-reply.ts";
import type { FakeRequest } from "./fake-request.ts";
import { fitting } from "./fake-schema.ts";
import { checkFakeOptions, fakeServer, type FakeBehaviour, type FakeServer, type FakeTraits } from "./fake-server.ts";
import { answer } from "./memory-answers.ts";

/** Options of `fakeOllama`. */
export interface FakeOllamaOptions extends FakeBehaviour {
  /** The model's name. Default `fake`, which is `fake:latest`. */
  readonly model?: string;
  /** The context that the model is loaded with. Default 4,096. */
  readonly contextLength?: number;
  /** Demand this key, as a proxy before Ollama does. */
  readonly apiKey?: string;
  /** The answer to every prompt. Default: the prompt's words again. */
  readonly text?: string;
  /** What the model thinks before it answers. Default: nothing. */
  readonly thinking?: string;
  /** Whether the model hears. Default false. */
  readonly hears?: boolean;
  /** The call with which it answers where tools are offered. Default: none. */
  readonly call?: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
}

const optionNames: Record<Exclude<keyof FakeOllamaOptions, keyof FakeBehaviour>, true> = {
  model: true,
  contextLength: true,
  apiKey: true,
  text: true,
  thinking: true,
  hears: true,
  call: true,
};

const traits: FakeTraits = {
  calls: ["/api/chat", "/api/generate", "/api/embed", "/v1/audio/transcriptions"],
  loading: "call-waits",
  headersFirst: false,
  error: (_, error) => ({ error }),
  errorFrames: [{ error: "an error was encountered while running the model: unexpected EOF" }],
};

type Body = FakeRequest["body"];

/** An Ollama on loopback without a model: the wire of 0.34.2, the answers of `memory()`, a store that lasts as long as it. Throws `invalid-request`. */
export async function fakeOllama(options: FakeOllamaOptions = {}): Promise<FakeServer> {
  checkFakeOptions("fakeOllama", options, optionNames);
  const { model = "fake", contextLength = 4_096, apiKey, text, thinking, hears = false, call } = options;
  const settings: FakeOllamaSettings = { model, contextLength, hears, ...(text === undefined ? {} : { text }) };
  const store = new Set([fullName(model)]);
  const inMemory = new Set<string>();

  const reject = (reply: FakeReply, status: number, error: string): void => reply.json({ error }, status);
  const missing = (reply: FakeReply, name: unknown): void => reject(reply, 404, `model '${String(name)}' not found`);

  async function generate(body: Body, reply: FakeReply, route: "chat" | "generate"): Promise<void> {
    const name = fullName(body["model"]);
    if (route === "generate" && !body["prompt"]) return load(name, body, reply);
    inMemory.add(name);
    let events: readonly ModelEvent[];
    try {
      const { format } = body;
      const forced = format === undefined ? {} : { text: fitting(format === "json" ? {} : format) };
      events = answer(generationRequest(body, route), { ...settings, ...forced });
    } catch (error) {
      if (!(error instanceof InhouseError)) throw error;
      return reject(reply, 400, tooLong(error.promptTokens ?? 0, contextLength));
    }
    const lines = generationLines([...thoughts(body), ...calledOr(events, body)], body, route);
    if (body["stream"] !== false) return reply.lines(lines);
    return reply.whole(lines.at(-1) ?? {}, lines.length - 1);
  }

  function load(name: string, body: Body, reply: FakeReply): Promise<void> {
    const unload = body["keep_alive"] === 0;
    if (unload) inMemory.delete(name);
    else inMemory.add(name);
    return reply.whole({ model: body["model"], response: "", done: true, done_reason: unload ? "unload" : "load" }, 0);
  }

  function thoughts(body: Body): readonly ModelEvent[] {
    if (thinking === undefined || body["think"] === false) return [];
    return [{ type: "reasoning-delta", choice: 0, text: thinking }];
  }

  function calledOr(events: readonly ModelEvent[], body: Body): readonly ModelEvent[] {
    if (!call || !Array.isArray(body["tools"])) return events;
    const event: ModelEvent = {
      type: "tool-call",
      choice: 0,
      index: 0,
      id: "call_fake",
      name: call.name,
      arguments: JSON.stringify(call.arguments),
    };
    return [event, ...events.slice(-1)];
  }

  function embed(body: Body, reply: FakeReply): Promise<void> {
    inMemory.add(fullName(body["model"]));
    return reply.whole(embeddings(body, settings), 0);
  }

  function transcribe(request: FakeRequest, reply: FakeReply): void | Promise<void> {
    const said = hear(request, settings);
    const fail = (message: string): void =>
      reply.json({ error: { message, type: "invalid_request_error", param: null, code: null } }, 400);
    if (!said) return fail("file is required: http: no such file");
    if (!hears) return fail("Multimodal data provided, but model does not support multimodal requests.");
    return reply.whole({ text: said.text }, said.pieces.length);
  }

  function copy({ source, destination }: Body, reply: FakeReply): void {
    if (!store.has(fullName(source))) return reject(reply, 404, `model "${String(source)}" not found`);
    store.add(fullName(destination));
    return reply.text("");
  }

  function remove(body: Body, reply: FakeReply): void {
    if (!store.delete(fullName(body["model"]))) return missing(reply, body["model"]);
    return reply.text("");
  }

  async function stored(body: Body, lines: readonly object[], reply: FakeReply): Promise<void> {
    await reply.lines(lines);
    store.add(fullName(body["model"]));
  }

  return fakeServer(
    (request, reply) => {
      const { method, path, headers, body } = request;
      if (apiKey !== undefined && headers["authorization"] !== `Bearer ${apiKey}`) {
        return reject(reply, 401, "unauthorized");
      }
      if (path.startsWith("/api/blobs/")) return reply.text("", method === "HEAD" ? 404 : 201);
      const needsModel = ["/api/chat", "/api/generate", "/api/embed", "/api/show", "/v1/audio/transcriptions"].includes(
        path,
      );
      if (needsModel && !store.has(fullName(body["model"]))) return missing(reply, body["model"]);
      switch (`${method} ${path}`) {
        case "GET /":
          return reply.text("Ollama is running");
        case "GET /api/version":
          return reply.json({ version: "0.0.0-fake" });
        case "GET /api/tags":
          return reply.json({ models: [...store].map((name) => tag(name, settings)) });
        case "GET /api/ps":
          return reply.json({ models: [...inMemory].map((name) => loaded(name, settings)) });
        case "POST /api/show":
          return reply.json(shown(settings));
        case "POST /api/chat":
          return generate(body, reply, "chat");
        case "POST /api/generate":
          return generate(body, reply, "generate");
        case "POST /api/embed":
          return embed(body, reply);
        case "POST /v1/audio/transcriptions":
          return transcribe(request, reply);
        case "POST /api/pull":
          return stored(body, pulling, reply);
        case "POST /api/create":
          return stored(body, pulling.slice(-2), reply);
        case "POST /api/push":
          return reply.lines([{ status: "retrieving manifest" }, { status: "success" }]);
        case "POST /api/copy":
          return copy(body, reply);
        case "DELETE /api/delete":
          return remove(body, reply);
        default:
          return reply.text("404 page not found", 404);
      }
    },
    traits,
    options,
  );
}

function fullName(name: unknown): string {
  return String(name).includes(":") ? String(name) : `${String(name)}:latest`;
}
