import type { IncomingMessage, ServerResponse } from "node:http";

import { checkNumber, checkString, checkStrings } from "../../client/check.ts";
import type { Client } from "../../client/client-interface.ts";
import { checkOptions } from "../../core/check-options.ts";
import type { Health } from "../../core/health.ts";
import { callerGate, checkLimits } from "./caller-limits.ts";
import { crossOriginHeaders, preflight } from "./cross-origin.ts";
import { errorOf, errorResponse, refusal } from "./gateway-error.ts";
import { findCaller } from "./gateway-keys.ts";
import { gatewayOptionNames, type GatewayOptions } from "./gateway-options.ts";
import { offeredModels } from "./offered-models.ts";
import { operations } from "./operations.ts";

/** A client as an OpenAI API, with two faces. */
export interface Gateway {
  /** Answers a request of a fetch-style server: Hono, Bun, Deno, Next. It never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Answers a request of `node:http`, Express or Fastify (`request.raw`, `reply.raw`). `body` is what a parser of the
   * framework has made of it; Express's `request.body` is found by itself.
   */
  readonly node: (request: IncomingMessage, response: ServerResponse, body?: unknown) => Promise<void>;
}

/** Longest time a health check may take, in milliseconds. */
const healthMs = 5_000;

/**
 * Answers the OpenAI API with a client, so that programs in every language have its policies: retries, limits, redaction,
 * records. Chats, completions, embeddings, rerank, transcriptions and models; the errors are OpenAI's, with our hints. Throws
 * `invalid-request` for a wrong option.
 */
export function gateway(client: Client, options: GatewayOptions): Gateway {
  checkOptions("gateway", options, gatewayOptionNames);
  const find = findCaller(options.keys);
  checkKeyLimits(options);
  const cors = checkStrings("cors", options.cors ?? []);
  const basePath = checkString("basePath", options.basePath ?? "").replace(/\/+$/, "");
  const settings = {
    gate: callerGate(options.limits),
    models: offeredModels(client, options.models),
    bounds: {
      maxBytes: checkNumber("maxBodyBytes", options.maxBodyBytes ?? 32 * 1024 ** 2, { min: 1, integer: true }),
      timeoutMs: checkNumber("bodyTimeoutMs", options.bodyTimeoutMs ?? 60_000, { min: 1, max: 2 ** 31 - 1 }),
    },
    ...(options.onRequest ? { onRequest: options.onRequest } : {}),
    ...(options.onEnd ? { onEnd: options.onEnd } : {}),
  };
  let asked: Promise<Health> | undefined;

  /** One question to the server for all that ask at the same time: this path needs no key. */
  async function health(): Promise<Response> {
    asked ??= client.health(AbortSignal.timeout(healthMs)).finally(() => (asked = undefined));
    const { status } = await asked.catch((): Health => ({ status: "wedged" }));
    const ready = status === "ready" || status === "busy";
    return Response.json({ status }, { status: ready ? 200 : 503 });
  }

  async function routed(request: Request, id: string): Promise<Response> {
    const path = pathOf(request.url, basePath);
    if (path === "/health" && request.method === "GET") return health();
    const caller = await find(request.headers.get("authorization") ?? undefined);
    const operation = operations[path];
    if (operation) {
      if (request.method !== "POST") throw wrongMethod("POST");
      const { serveOperation } = await import("./serve-operation.ts");
      return serveOperation(await operation(), { request, path, id, caller }, settings);
    }
    const [, model] = /^\/v1\/models(?:\/(.+))?$/.exec(path) ?? [];
    if (path !== "/v1/models" && model === undefined) throw noPath(path);
    if (request.method !== "GET") throw wrongMethod("GET");
    const headers = { "x-request-id": id };
    const all = await settings.models.list(caller, request.signal);
    if (model === undefined) return Response.json({ object: "list", data: all }, { headers });
    // An id may have slashes, which some clients encode and others do not.
    const entry = all.find(({ id: own }) => own === model || encodeURIComponent(own) === model);
    if (!entry) throw refusal("not-found", "There is no such model.", { status: 404, code: "model_not_found" });
    return Response.json(entry, { headers });
  }

  async function answer(request: Request): Promise<Response> {
    const asking = preflight(request, cors);
    if (asking) return asking;
    const id = crypto.randomUUID();
    const response = await routed(request, id).catch((thrown: unknown) => errorResponse(errorOf(thrown), id));
    for (const [name, value] of Object.entries(crossOriginHeaders(request, cors))) response.headers.set(name, value);
    return response;
  }

  return Object.freeze({
    fetch: answer,
    node: async (request: IncomingMessage, response: ServerResponse, body?: unknown) => {
      const refuse = (error: Parameters<typeof errorResponse>[0]): Response =>
        errorResponse(error, crypto.randomUUID());
      const { serveNode } = await import("./node-face.ts");
      // Express calls a handler with `next` in the third place.
      await serveNode({ answer, refuse }, request, response, typeof body === "function" ? undefined : body);
    },
  });
}

function checkKeyLimits({ keys }: GatewayOptions): void {
  if (typeof keys !== "object") return;
  for (const [name, key] of Object.entries(keys)) {
    if (typeof key === "object" && key.limits) checkLimits(`keys.${name}.limits`, key.limits);
    if (typeof key === "object" && key.models) checkStrings(`keys.${name}.models`, key.models);
  }
}

/** The path under the gateway's own, as it is written, without a slash at its end. */
function pathOf(url: string, basePath: string): string {
  const { pathname } = new URL(url);
  if (basePath !== "" && !pathname.startsWith(`${basePath}/`)) throw noPath(pathname);
  return pathname.slice(basePath.length).replace(/\/+$/, "");
}

const noPath = (path: string) =>
  refusal("not-found", `There is no ${path.slice(0, 100) || "/"}.`, {
    status: 404,
    code: "not_found",
    hint: `There are ${Object.keys(operations).join(", ")}, /v1/models and /health.${
      /responses/.test(path) ? " OpenAI's Responses API is none of them: use chat.completions." : ""
    }`,
  });

const wrongMethod = (allowed: string) =>
  refusal("invalid-request", `Only ${allowed} is possible here.`, { status: 405, headers: { allow: allowed } });
