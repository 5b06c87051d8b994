import { createClient, type Client, type ClientOptions } from "../../src/client/client.ts";
import { abortError } from "../../src/core/error.ts";
import type { Batch, ModelEvent } from "../../src/core/event.ts";
import type { CallContext, Handler } from "../../src/core/handler.ts";
import type { Provider } from "../../src/core/provider.ts";
import type { ChatRequest, ModelRequest } from "../../src/core/request.ts";
import type { HttpRequest, Transport } from "../../src/core/transport.ts";

/** A reply without a network; its body comes in the pieces given. */
export interface CannedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[];
}

/** A transport without a network, and what was sent over it. */
export interface CannedTransport extends Transport {
  readonly requests: readonly HttpRequest[];
  /** The parsed body of a request; without a number, of the last one. */
  sent(number?: number): Readonly<Record<string, unknown>>;
}

/** A transport that gives these replies, one a request, the last one over and over. */
export function canned(...replies: readonly CannedReply[]): CannedTransport {
  const requests: HttpRequest[] = [];
  return {
    requests,
    sent: (number = requests.length) => JSON.parse(requests[number - 1]?.body as string) as Record<string, unknown>,
    send(request) {
      requests.push(request);
      const { status = 200, headers = {}, body = [] } = replies[requests.length - 1] ?? replies.at(-1) ?? {};
      const pieces = typeof body === "string" || body instanceof Uint8Array ? [body] : body;
      return Promise.resolve({
        status,
        headers: { "content-type": "text/event-stream", ...headers },
        body: bytesOf(pieces),
        release: () => undefined,
        destroy: () => undefined,
      });
    },
    close: () => Promise.resolve(),
  };
}

async function* bytesOf(pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

/** A reply of one JSON value. */
export const json = (value: unknown, status = 200): CannedReply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

/** A chat request as a provider gets it. */
export const chatRequest = (more: Partial<ChatRequest> = {}): ChatRequest => ({
  kind: "chat",
  model: "m",
  messages: [{ role: "user", content: "Hi" }],
  sampling: {},
  stream: true,
  ...more,
});

/** A context of a call that nobody ends. */
export const context = (more: Partial<CallContext> = {}): CallContext => ({
  id: "call-1",
  signal: new AbortController().signal,
  attempt: 1,
  tags: {},
  timeouts: {},
  ...more,
});

/** The events of one request. */
export async function eventsOf(send: Handler, request: ModelRequest): Promise<readonly ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const batch of send(request, context())) events.push(...batch);
  return events;
}

/** The first events of one request: the start and the warnings. */
export async function opening(send: Handler, request: ModelRequest): Promise<readonly ModelEvent[]> {
  for await (const batch of send(request, context())) return batch;
  return [];
}

/** A provider that is a handler and little else; its one model is `m`. */
export function stubProvider(send: Handler, more: Partial<Provider> = {}): Provider {
  const unknown = { supported: "unknown", evidence: "a stub" } as const;
  const names = ["chat", "completion", "infill", "embedding", "rerank", "tokenization", "tools", "reasoning"] as const;
  const others = [
    "classification",
    "transcription",
    "forcedTools",
    "reasoningSwitch",
    "reasoningEffort",
    "reasoningBudget",
    "structuredOutput",
    "choice",
    "regex",
    "grammar",
    "logprobs",
    "image",
    "audio",
    "video",
  ] as const;
  const capabilities = Object.fromEntries([...names, ...others].map((name) => [name, unknown]));
  return {
    name: "stub",
    capabilities: capabilities as Provider["capabilities"],
    ignoresModelName: true,
    send,
    models: () => Promise.resolve([{ id: "m", aliases: [], capabilities: capabilities as Provider["capabilities"] }]),
    describe: (id = "m") =>
      Promise.resolve({ id, aliases: [], capabilities: capabilities as Provider["capabilities"] }),
    health: () => Promise.resolve({ status: "ready" }),
    close: () => Promise.resolve(),
    ...more,
  };
}

/** A client of a stub. */
export const stubClient = (send: Handler, options: Partial<ClientOptions> = {}): Client =>
  createClient({ provider: stubProvider(send), ...options });

/** A reply in batches: a start, texts, a finish. */
export const answerOf = (...texts: readonly string[]): readonly Batch[] => [
  [{ type: "start" }],
  ...texts.map((text): Batch => [{ type: "text-delta", choice: 0, text }]),
  [{ type: "finish", finishReasons: ["stop"] }],
];

/** Rejects when the signal ends the call, as a provider does. */
export function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => reject(abortError(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** A handler that gives these batches, and throws an error that stands among them. */
export function scripted(batches: readonly (Batch | Error)[]): Handler {
  return async function* scriptedReply() {
    for (const batch of batches) {
      if (batch instanceof Error) throw batch;
      yield batch;
    }
  };
}

/** A client whose calls are answered with these texts or batches, one a call, and the requests that came. */
export function answering(...replies: readonly (string | readonly Batch[])[]) {
  const requests: ChatRequest[] = [];
  const handler: Handler = async function* reply(request) {
    requests.push(request as ChatRequest);
    const next = replies[requests.length - 1] ?? "";
    yield* typeof next === "string" ? answerOf(next) : next;
  };
  return { client: stubClient(handler), requests };
}
