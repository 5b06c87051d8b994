import OpenAI, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "openai";
import { expect, onTestFinished, test } from "vitest";

import { createClient, InhouseError } from "../../../src/index.ts";
import { gateway, type GatewayOptions } from "../../../src/integrations/gateway/index.ts";
import { memory } from "../../../src/testing/index.ts";
import { freePort } from "../../support/loopback.ts";
import { servedGateway } from "../../support/served-gateway.ts";

const hello = { model: "memory", messages: [{ role: "user" as const, content: "Hi" }] };

/** OpenAI's package against a gateway before a model in memory; `reply` is what that says. */
async function open(options: Partial<GatewayOptions> = {}, reply: () => string | InhouseError = () => "Hello.") {
  const client = createClient({ provider: memory({ contextLength: 50, reply }), maxRetries: 0 });
  onTestFinished(() => client.close());
  const { origin } = await servedGateway(gateway(client, { keys: { team: "right" }, ...options }));
  let asked = 0;
  /** Counts what goes out, and sends what the package would not. */
  const counting =
    (body?: string): typeof fetch =>
    (url, init) => {
      asked += 1;
      return fetch(url, body === undefined ? init : { ...init, body });
    };
  const openai = (more: { apiKey?: string; body?: string } = {}) =>
    new OpenAI({ baseURL: `${origin}/v1`, apiKey: more.apiKey ?? "right", maxRetries: 1, fetch: counting(more.body) });
  return { openai, asked: () => asked };
}

type Row = readonly [
  what: string,
  asking: (openai: Awaited<ReturnType<typeof open>>["openai"]) => Promise<unknown>,
  expected: {
    readonly type: { readonly prototype: APIError };
    readonly status: number;
    readonly code?: string;
    readonly param?: string;
  },
  options?: Partial<GatewayOptions>,
];

const rows: readonly Row[] = [
  [
    "a field that is not supported",
    (openai) => openai().chat.completions.create({ ...hello, web_search_options: {} }),
    { type: BadRequestError, status: 400, param: "web_search_options" },
  ],
  [
    "a value out of range",
    (openai) => openai().chat.completions.create({ ...hello, temperature: -1 }),
    { type: BadRequestError, status: 400, param: "temperature" },
  ],
  [
    "a model that there is not",
    (openai) => openai().chat.completions.create({ ...hello, model: "gpt-4o" }),
    { type: NotFoundError, status: 404, code: "model_not_found" },
    { models: ["memory"] },
  ],
  [
    "a model of somebody else's key",
    (openai) => openai().chat.completions.create({ ...hello, model: "memory" }),
    { type: PermissionDeniedError, status: 403 },
    { keys: { team: { key: "right", models: ["other"] } }, models: ["memory", "other"] },
  ],
  [
    "a prompt that is too long",
    (openai) =>
      openai().chat.completions.create({ ...hello, messages: [{ role: "user", content: "word ".repeat(100) }] }),
    { type: BadRequestError, status: 400, code: "context_length_exceeded" },
  ],
  [
    "a body that is too large",
    (openai) =>
      openai().chat.completions.create({ ...hello, messages: [{ role: "user", content: "x".repeat(2_000) }] }),
    { type: APIError, status: 413 },
    { maxBodyBytes: 1_000 },
  ],
  [
    "what is no JSON",
    (openai) => openai({ body: '{"model": "memory", ' }).chat.completions.create(hello),
    { type: BadRequestError, status: 400 },
  ],
  [
    "a path that there is not",
    (openai) => openai().images.generate({ prompt: "a" }),
    { type: NotFoundError, status: 404 },
  ],
  ["a method that a path has not", (openai) => openai().get("/embeddings"), { type: APIError, status: 405 }],
  [
    "a wrong key",
    (openai) => openai({ apiKey: "wrong" }).models.list(),
    { type: AuthenticationError, status: 401, code: "invalid_api_key" },
  ],
  [
    "what the program refuses",
    (openai) => openai().chat.completions.create(hello),
    { type: PermissionDeniedError, status: 403 },
    {
      onRequest: () => {
        throw new InhouseError("forbidden", "Not on Sundays.");
      },
    },
  ],
];

test.each(rows.map(([what, asking, expected, options]) => ({ what, asking, expected, options })))(
  "$what is the right error of the package, at the first try",
  async ({ asking, expected: { type, ...fields }, options }) => {
    const { openai, asked } = await open(options);
    const error: unknown = await asking(openai).then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).constructor).toBe(type);
    expect(error).toMatchObject(fields);
    expect((error as APIError).message.length).toBeGreaterThan(10);
    expect((error as APIError).requestID).toMatch(/^[\da-f-]{36}$/);
    expect(asked()).toBe(1); // another try would fail in the same way
  },
);

test.each([
  { code: "connect", failure: new InhouseError("connect", "No."), type: InternalServerError, status: 502, tries: 1 },
  {
    code: "timeout",
    failure: new InhouseError("timeout", "No.", { phase: "total" }),
    type: InternalServerError,
    status: 504,
    tries: 1,
  },
  {
    code: "rate-limit",
    failure: new InhouseError("rate-limit", "No.", { retryAfterMs: 1 }),
    type: RateLimitError,
    status: 429,
    tries: 2,
  },
  {
    code: "unavailable",
    failure: new InhouseError("unavailable", "No.", { retryAfterMs: 1 }),
    type: InternalServerError,
    status: 503,
    tries: 2,
  },
])(
  "$code of the model's server is one of the package's, and asked again where that may help",
  async ({ failure, type, status, tries }) => {
    const { openai, asked } = await open({}, () => failure);
    const error: unknown = await openai()
      .chat.completions.create(hello)
      .then(undefined, (reason: unknown) => reason);
    expect((error as Error).constructor).toBe(type);
    expect(error).toMatchObject({ status });
    expect(asked()).toBe(tries); // those that ask to come again are asked again by the package
  },
);

test("a gateway that does not run is a failed connection", async () => {
  const openai = new OpenAI({ baseURL: `http://127.0.0.1:${await freePort()}/v1`, apiKey: "right", maxRetries: 0 });
  await expect(openai.models.list()).rejects.toBeInstanceOf(APIConnectionError);
});
