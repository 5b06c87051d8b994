import { expect, test } from "vitest";

import { createClient, InhouseError, type Middleware } from "../../../src/index.ts";
import { callerGate } from "../../../src/integrations/gateway/caller-limits.ts";
import { gateway, type GatewayOptions, type GatewayRecord } from "../../../src/integrations/gateway/index.ts";
import { memory } from "../../../src/testing/index.ts";
import { thrownBy } from "../../support/loopback.ts";

const chatBody = JSON.stringify({ messages: [{ role: "user", content: "a secret prompt" }] });

function open(options: GatewayOptions, middleware: readonly Middleware[] = []) {
  const provider = memory();
  const { fetch } = gateway(createClient({ provider, middleware }), options);
  const ask = async (authorization?: string, body = chatBody) => {
    const headers = { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) };
    const response = await fetch(new Request("http://gateway/v1/chat/completions", { method: "POST", headers, body }));
    return { status: response.status, headers: response.headers, body: (await response.json()) as object };
  };
  return { provider, ask, fetch };
}

test.each([undefined, "", "Basic a2V5", "Bearer", "Bearer wrong", "Bearer right wrong", "Bearer right, Bearer right"])(
  "%j is no key: 401 in OpenAI's form, and nothing is asked",
  async (authorization) => {
    const { ask, provider } = open({ keys: { team: "right" } });
    const { status, body, headers } = await ask(authorization);
    expect([status, body]).toMatchObject([401, { error: { type: "authentication_error", code: "invalid_api_key" } }]);
    expect(headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(provider.requests).toEqual([]);
  },
);

test("the caller's name is in the tags of the call and in the record, and no word of the prompt", async () => {
  const records: GatewayRecord[] = [];
  const tags: unknown[] = [];
  const middleware: Middleware = (request, context, next) => {
    tags.push(context.tags);
    return next(request, context);
  };
  const onEnd = (record: GatewayRecord): number => records.push(record);
  const { ask } = open({ keys: { team: "right" }, onEnd }, [middleware]);
  const { headers } = await ask("Bearer right");
  await ask("bearer right", "{");
  const [id] = [headers.get("x-request-id")];
  expect(tags).toEqual([{ caller: "team", gatewayRequest: id }]);
  expect(records).toMatchObject([
    { id, caller: "team", path: "/v1/chat/completions", status: 200, ended: "complete", usage: { inputTokens: 15 } },
    { caller: "team", status: 400, ended: "error", error: { code: "invalid-request" } },
  ]);
  expect(JSON.stringify(records)).not.toMatch(/secret|right/);
});

test("a function can say whose key it is, and what its owner may do", async () => {
  const keys = (key: string) => (key === "k" ? { name: "x", models: ["memory"] } : undefined);
  const { ask } = open({ keys });
  expect((await ask("Bearer k")).status).toBe(200);
  expect((await ask("Bearer other")).status).toBe(401);
  const body = JSON.stringify({ model: "large", messages: [{ role: "user", content: "x" }] });
  expect(await ask("Bearer k", body)).toMatchObject({
    status: 403,
    body: { error: { type: "permission_error", param: "model" } },
  });
});

test("a hook can refuse, and a record that cannot be kept fails the request", async () => {
  const refused = open({
    keys: false,
    onRequest: () => {
      throw new InhouseError("policy", "Not at night.");
    },
  });
  expect(await refused.ask()).toMatchObject({ status: 403, body: { error: { message: "Not at night." } } });
  expect(refused.provider.requests).toEqual([]);
  for (const [code, status] of [
    ["auth", 401],
    ["forbidden", 403],
    ["rate-limit", 429],
  ] as const) {
    const onRequest = (): never => {
      throw new InhouseError(code, "Says the hook.");
    };
    expect(await open({ keys: false, onRequest }).ask()).toMatchObject({
      status,
      body: { error: { message: "Says the hook." } },
    });
  }
  const unkept = open({ keys: false, onEnd: () => Promise.reject(new Error("disk full: /var/secret")) });
  const { status, body } = await unkept.ask();
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain("/var/secret");
});

test("requests a minute, tokens a minute, and requests at a time, each caller by itself", async () => {
  const limits = { requestsPerMinute: 2 };
  const { ask } = open({ keys: { a: { key: "a", limits: { tokensPerMinute: 10 } }, b: "b" }, limits });
  expect((await ask("Bearer a")).status).toBe(200); // 18 tokens
  const { status, headers, body } = await ask("Bearer a");
  expect([status, body]).toMatchObject([429, { error: { type: "rate_limit_error", code: "rate_limit_exceeded" } }]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(50);
  expect(headers.get("x-should-retry")).toBeNull();
  expect([(await ask("Bearer b")).status, (await ask("Bearer b")).status, (await ask("Bearer b")).status]).toEqual([
    200, 200, 429,
  ]);
});

test("what was used is forgotten after a minute, and Retry-After says when", () => {
  let now = 5_500;
  const gate = callerGate({ requestsPerMinute: 2, concurrentRequests: 1 }, () => now);
  const first = gate.admit(undefined);
  expect(thrownBy(() => gate.admit(undefined)).message).toMatch(/at a time/);
  first.end(0);
  now += 10_000;
  gate.admit(undefined).end(0);
  expect(thrownBy(() => gate.admit(undefined)).message).toMatch(/2 requests a minute/);
  now = 66_001; // 60.5 s after the first
  gate.admit(undefined).end(0);
  expect(thrownBy(() => gate.admit(undefined)).code).toBe("rate-limit");
});

test.each<[GatewayOptions, RegExp]>([
  [{ keys: {} }, /keys/],
  [{ keys: { a: "" } }, /keys\.a/],
  [{ keys: { a: { key: "k", limits: { requestsPerMinute: 0 } } } }, /keys\.a\.limits\.requestsPerMinute/],
  [{ keys: false, limits: { concurrentRequests: 0.5 } }, /limits\.concurrentRequests/],
  [{ keys: false, maxBodyBytes: 0 }, /maxBodyBytes/],
  [{ keys: false, kies: 1 } as GatewayOptions, /unknown option "kies"/],
])("%j is a wrong option", (options, message) => {
  const client = createClient({ provider: memory() });
  expect(thrownBy(() => gateway(client, options))).toMatchObject({
    code: "invalid-request",
    message: expect.stringMatching(message) as string,
  });
});
