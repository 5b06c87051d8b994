import { createServer, type ServerResponse } from "node:http";

import { checkOptions } from "../core/check-options.ts";
import { faultScript, type FakeFault } from "./fake-faults.ts";
import { fakeHistory, type FakeExchange, type OpenExchange } from "./fake-history.ts";
import { fakeSlots, pauseFor, type FakePace } from "./fake-pace.ts";
import { fakeReply, type FakeReply } from "./fake-reply.ts";
import { readRequest, type FakeRequest } from "./fake-request.ts";

/** A server on loopback that plays a part. */
export interface FakeServer {
  readonly url: string;
  /** What it was asked, in order: method, path and parsed body, empty where it was no JSON. */
  readonly requests: readonly FakeRequest[];
  /** The same with what became of it: when the reply began, how many tokens were sent, how it ended. */
  readonly history: readonly FakeExchange[];
  /** Replies that it is giving at the moment. */
  readonly running: () => number;
  /** Resolves when no reply is being given any more. */
  idle(): Promise<void>;
  /** Ends the loading phase. */
  ready(): void;
  /** Adds faults to those that are still to come; throws `invalid-request` for one that there is not. */
  inject(...faults: readonly FakeFault[]): void;
  /** Cuts every connection, as a crash does. */
  crash(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a fake server behaves, in one form for all. */
export interface FakeBehaviour extends FakePace {
  /**
   * How long it loads its model, in milliseconds; `Infinity`: until `ready()` is called. Meanwhile llama-server answers 503, vLLM
   * does not listen, and Ollama, which loads at the first call, lets calls wait. Default 0.
   */
  readonly loadingMs?: number;
  /** What it does wrong. Default: nothing. */
  readonly faults?: readonly FakeFault[];
}

/** Answers one request; the reply is over when the promise is. */
export type FakeHandler = (request: FakeRequest, reply: FakeReply) => Promise<void> | void;

/** What is peculiar to a server. */
export interface FakeTraits {
  /** Headers of every reply. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Paths of calls that have the model work. */
  readonly calls: readonly string[];
  /** What becomes of a request while the model is loading. */
  readonly loading: "not-listening" | "not-ready" | "call-waits";
  /** Whether it sends the headers of a stream before the model works at it. */
  readonly headersFirst: boolean;
  /** An error as the body of a status. */
  readonly error: (status: number, message: string) => object;
  /** An error inside a stream. */
  readonly errorFrames: readonly (string | object)[];
  /** How it ends a stream when it is stopped. Default: the body is cut. */
  readonly abortFrames?: readonly (string | object)[];
}

/** The keys of `FakeBehaviour`. */
export const behaviourKeys: Record<keyof FakeBehaviour, true> = {
  prefillMs: true,
  pauseMs: true,
  slots: true,
  loadingMs: true,
  faults: true,
};

/** A server while it plays, as its handler sees it. */
export interface PlayedServer extends FakeServer {
  /** Calls at which the model works, and calls that wait for it. */
  load(): { readonly busy: number; readonly waiting: number };
}

/** Starts a server on a free port of 127.0.0.1. */
export async function fakeServer(
  handler: FakeHandler,
  traits: FakeTraits,
  behaviour: FakeBehaviour = {},
): Promise<PlayedServer> {
  const { prefillMs = 0, pauseMs = 0, loadingMs = 0, faults = [] } = behaviour;
  const requests: FakeRequest[] = [];
  const { exchanges, open } = fakeHistory();
  const running = new Map<ServerResponse, OpenExchange | undefined>();
  const used = new WeakSet<object>(); // connections that have served a request
  const script = faultScript();
  script.add(faults);
  const slots = fakeSlots(behaviour.slots);
  let waiting: (() => void)[] = [];
  let loading = loadingMs > 0;
  let loaded: () => void = () => undefined;
  const loadedOnce = new Promise<void>((resolve) => {
    loaded = resolve;
  });

  const server = createServer((incoming, response) => {
    running.set(response, undefined);
    response.once("close", () => {
      running.get(response)?.ended(response.writableFinished);
      running.delete(response);
      if (running.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
    response.on("error", () => undefined);
    response.setHeaders(new Map(Object.entries(traits.headers ?? {})));
    void readRequest(incoming).then(async (request) => {
      requests.push(request);
      const exchange = open(request);
      const reused = response.socket !== null && used.has(response.socket);
      if (response.socket) used.add(response.socket);
      running.set(response, exchange);
      await answer(request, response, exchange, reused);
      response.end();
    });
  });
  server.keepAliveTimeout = 5_000;

  async function answer(
    request: FakeRequest,
    response: ServerResponse,
    exchange: OpenExchange,
    reused: boolean,
  ): Promise<void> {
    const path = request.path.replace(/\?.*/, "");
    const isCall = traits.calls.includes(path);
    const fault = isCall ? script.next(path) : undefined;
    if (fault) exchange.fault(fault.name);
    const reply = fakeReply({
      response,
      exchange,
      fault: fault?.name === "slow-headers" ? undefined : fault,
      prefillMs: isCall ? prefillMs : 0,
      pauseMs,
      turn: isCall ? turn : () => Promise.resolve(),
      headersFirst: traits.headersFirst,
      errorFrames: traits.errorFrames,
      abortFrames: traits.abortFrames,
    });
    if (loading && traits.loading === "not-ready") return reply.json(traits.error(503, "Loading model"), 503);
    if (fault?.name === "slow-headers") await pauseFor(fault.delayMs ?? 1_000, response);
    const status = Number(/^status-(\d+)$/.exec(fault?.name ?? "")?.[1] ?? 0);
    if (fault && status > 0) {
      const { retryAfterSeconds } = fault;
      const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
      return reply.json(traits.error(status, statusWords[status] ?? ""), status, headers);
    }
    if (fault?.name === "refuse") {
      // A client takes that for a connection that had grown stale, and sends the request again over a new one.
      if (reused) script.putBack(fault);
      exchange.crashed();
      response.destroy();
      return undefined;
    }
    return handler(request, reply);
  }

  async function turn(response: ServerResponse): Promise<void> {
    if (loading && traits.loading === "call-waits") {
      loadFor(loadingMs);
      await Promise.race([loadedOnce, new Promise((resolve) => response.once("close", resolve))]);
    }
    return slots.take(response);
  }

  let timer: NodeJS.Timeout | undefined;
  function loadFor(ms: number): void {
    if (ms <= longestTimer) timer ??= setTimeout(ready, ms).unref();
  }

  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));

  await listen(0);
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  if (loading && traits.loading === "not-listening") await stop();
  if (loading && traits.loading !== "call-waits") loadFor(loadingMs);

  function ready(): void {
    if (!loading) return;
    loading = false;
    clearTimeout(timer);
    loaded();
    if (traits.loading === "not-listening") void listen(port);
  }

  function close(): Promise<void> {
    loading = false;
    clearTimeout(timer);
    const stopped = stop();
    server.closeAllConnections();
    return stopped;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    history: exchanges,
    running: () => running.size,
    load: () => ({ busy: slots.busy(), waiting: slots.waiting() }),
    idle: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    ready,
    inject: (...more) => script.add(more),
    crash() {
      for (const exchange of running.values()) exchange?.crashed();
      server.closeAllConnections();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Checks what `fakeVllm` and the others take; throws `invalid-request`. */
export function checkFakeOptions(place: string, options: object, own: object): void {
  checkOptions(place, options, { ...behaviourKeys, ...own });
}

const longestTimer = 2_147_483_647;
const statusWords: Readonly<Record<number, string>> = {
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "server busy, please try again. maximum pending requests exceeded",
};
