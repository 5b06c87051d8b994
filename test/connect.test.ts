import { afterEach, describe, expect, onTestFinished, test } from "vitest";

import { connect, type ConnectOptions } from "../src/connect.ts";
import { InhouseError } from "../src/core/error.ts";
import type { HttpRequest, Transport } from "../src/core/transport.ts";
import { egressPolicy } from "../src/governance/egress-policy.ts";
import { createTransport } from "../src/http/undici-transport.ts";
import { fakeLlamacpp, fakeOllama, fakeVllm, type FakeServer } from "../src/testing/index.ts";
import { canned, json } from "./support/canned.ts";
import { makeCertificates } from "./support/certificates.ts";
import { failureOf, loopback, rawServer } from "./support/loopback.ts";

const open: FakeServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function running(starting: Promise<FakeServer>): Promise<FakeServer> {
  const server = await starting;
  open.push(server);
  return server;
}

/** A client that is closed with the test. */
async function connected(url?: string, options: ConnectOptions = {}) {
  const client = await connect(url, { env: {}, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** A server that gives every path the same answer. */
async function answering(head: string, body = ""): Promise<string> {
  const length = `content-length: ${Buffer.byteLength(body)}`;
  const { origin } = await loopback(({ socket }) => socket.write(`HTTP/1.1 ${head}\r\n${length}\r\n\r\n${body}`));
  return origin;
}

/** A network in which a vLLM that wants a key listens at one origin, and nobody at any other. */
function network(origin?: string): Transport & { readonly asked: readonly HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const replies: Readonly<Record<string, unknown>> = { "/version": { version: "0.32.0" }, "/load": { server_load: 0 } };
  const models = { data: [{ id: "m", owned_by: "vllm" }] };
  return {
    asked,
    send(request) {
      asked.push(request);
      if (request.origin !== origin) return Promise.reject(new InhouseError("connect", "Nobody is there."));
      const refused = request.path.startsWith("/v1/") && request.headers["authorization"] === undefined;
      const body = request.path === "/v1/models" ? models : replies[request.path];
      const reply = refused ? json({ error: "Unauthorized" }, 401) : body ? json(body) : json({ detail: "no" }, 404);
      return canned(reply).send(request);
    },
    close: () => Promise.resolve(),
  };
}

test("a policy goes with the client: it is refused beside a transport that does not keep it", async () => {
  const { url } = await running(fakeOllama());
  const policy = egressPolicy({ allow: ["loopback"] });
  const client = await connected(url, { policy });
  expect(client.provider.transport?.policy).toBe(policy);
  const transport = createTransport();
  onTestFinished(() => transport.close());
  expect((await failureOf(connect(url, { policy, transport }))).code).toBe("invalid-request");
  expect((await failureOf(connect(url, { policy: egressPolicy({ allow: ["private"] }) }))).code).toBe("policy");
});

describe("tells servers apart", () => {
  test.each([
    ["vllm", "vLLM", "0.32.0-fake", () => fakeVllm()],
    ["ollama", "Ollama", /^\d/, () => fakeOllama()],
    ["llamacpp", "llama-server", /fake/, () => fakeLlamacpp()],
  ] as const)("%s", async (provider, title, version, start) => {
    const { url } = await running(start());
    const client = await connected(`${url}/v1`);
    const { server } = client;
    expect(server).toMatchObject({ provider, title, baseURL: url });
    expect(server.version).toMatch(version);
    expect(server.evidence).toMatch(/^GET \//);
    expect(server.models).toHaveLength(1);
    const [model] = server.models;
    expect((await client.chat({ model: model?.id ?? "", messages: "Hi there" })).text).toBe("Hi there");
  });

  test("a model's context and capabilities are filled from what the server tells", async () => {
    const { url } = await running(fakeLlamacpp({ contextLength: 512 }));
    const [model] = (await connected(url)).server.models;
    expect(model?.contextLength).toBe(512);
    expect(model?.capabilities.tools.evidence).toContain("GET /props");
    expect(model?.capabilities.image.supported).not.toBe("unknown");
  });

  test("any other server of the OpenAI protocol, at the end", async () => {
    const url = await answering(
      "200 OK\r\ncontent-type: application/json",
      JSON.stringify({ object: "list", data: [{ id: "m", owned_by: "sglang" }] }),
    );
    const { server, provider } = await connected(`${url}/llm/v1`);
    expect(server).toMatchObject({ provider: "openai-compatible", models: [{ id: "m" }] });
    expect(provider.name).toBe("openai-compatible");
  });

  test.each([
    ["vllm", () => fakeVllm({ apiKey: "right-key" })],
    ["llamacpp", () => fakeLlamacpp({ apiKey: "right-key" })],
  ] as const)("a %s that asks for a key", async (provider, start) => {
    const { url } = await running(start());
    expect((await connected(url, { apiKey: "right-key" })).server.provider).toBe(provider);
    const error = await failureOf(connect(url, { env: {}, apiKey: "wrong-key" }));
    expect(error).toMatchObject({ code: "auth", provider });
    expect(JSON.stringify(error)).not.toContain("wrong-key");
  });

  test("a llama-server that loads its model is known already, and has no models yet", async () => {
    const { url } = await running(fakeLlamacpp({ loadingReplies: 20 }));
    const { server } = await connected(url);
    expect(server).toMatchObject({ provider: "llamacpp", models: [] });
  });

  test("in two rounds of questions: who it is, then what its models can do", async () => {
    for (const server of [await running(fakeVllm()), await running(fakeOllama()), await running(fakeLlamacpp())]) {
      let rounds = 0;
      let asking = 0;
      const transport = createTransport();
      onTestFinished(() => transport.close());
      const client = await connected(server.url, {
        transport: {
          ...transport,
          async send(request) {
            if (asking === 0) rounds += 1;
            asking += 1;
            const response = await transport.send(request);
            await new Promise((resolve) => setTimeout(resolve, 200)); // so that what goes side by side overlaps
            asking -= 1;
            return response;
          },
        },
      });
      expect(client.server.models).toHaveLength(1);
      expect(rounds, client.server.title).toBeLessThanOrEqual(2);
    }
  });
});

describe("without a URL", () => {
  test("the environment names the server, and its key", async () => {
    const ollama = await running(fakeOllama());
    const byHost = await connected(undefined, { env: { OLLAMA_HOST: ollama.url.replace("http://", "") } });
    expect(byHost.server.provider).toBe("ollama");
    const vllm = await running(fakeVllm({ apiKey: "the-key" }));
    const env = { OPENAI_BASE_URL: `${vllm.url}/v1`, OPENAI_API_KEY: "the-key" };
    expect((await connected(undefined, { env })).server).toMatchObject({ provider: "vllm", baseURL: vllm.url });
  });

  test("what it names is not there: the variable is named, and nothing else is tried", async () => {
    const error = await failureOf(connect(undefined, { env: { OLLAMA_HOST: "127.0.0.1:1" } }));
    expect(error.code).toBe("connect");
    expect(error.message).toContain("http://127.0.0.1:1 (OLLAMA_HOST): ");
    expect(error.message.split("\n")).toHaveLength(2);
  });

  test.each([
    [{ OLLAMA_HOST: "127.0.0.1:11434" }, "http://127.0.0.1:11434/"],
    [{ OPENAI_BASE_URL: "http://127.0.0.1:8080/llm/v1" }, "http://127.0.0.1:8080/llm/"],
    [{ VLLM_BASE_URL: "http://127.0.0.1:8000", LLAMA_API_KEY: "k" }, "http://127.0.0.1:8000/"],
  ])("an address that it names is the only one, a usual one too: %j", async (env, place) => {
    const transport = network();
    await failureOf(connect(undefined, { env, transport }));
    expect(transport.asked.length).toBeGreaterThan(0);
    for (const { origin, path } of transport.asked) expect(`${origin}${path}`.startsWith(place)).toBe(true);
  });

  test.each<[ConnectOptions]>([
    [{ env: {}, apiKey: "secret" }],
    [{ env: {}, headers: { authorization: "Bearer secret" } }],
    [{ env: { VLLM_API_KEY: "secret" } }],
  ])("of the usual addresses, a key comes to that of the server that was recognised: %j", async (options) => {
    const transport = network("http://127.0.0.1:8000");
    const { server } = await connected(undefined, { ...options, transport });
    expect(server).toMatchObject({ provider: "vllm", models: [{ id: "m" }] });
    const knowing = transport.asked.filter(({ headers }) => JSON.stringify(headers).includes("secret"));
    expect(new Set(transport.asked.map(({ origin }) => origin)).size).toBeGreaterThan(3);
    expect(new Set(knowing.map(({ origin }) => origin))).toEqual(new Set(["http://127.0.0.1:8000"]));
  });

  test.each([
    [{ OPENAI_BASE_URL: "gpu:8000/v1" }, "OPENAI_BASE_URL: baseURL: "],
    [{ OPENAI_BASE_URL: "http://me:secret@gpu:8000/v1" }, "OPENAI_BASE_URL: baseURL: a key or password"],
    [{ VLLM_BASE_URL: "http://gpu:8000", VLLM_API_KEY: "secret\n" }, "VLLM_BASE_URL: apiKey has characters"],
  ])("a value that is none is told by its variable, without the value: %j", async (env, message) => {
    const error = await failureOf(connect(undefined, { env, transport: network() }));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(message);
    expect(`${error.message} ${error.hint}`).not.toContain("secret");
  });

  test("a wrong value of one variable does not hide the server that another one names", async () => {
    const env = { OPENAI_BASE_URL: "gpu:8000/v1", VLLM_BASE_URL: "http://gpu:8000", VLLM_API_KEY: "k" };
    const { server } = await connected(undefined, { env, transport: network("http://gpu:8000") });
    expect(server.provider).toBe("vllm");
  });

  test("an address that the policy forbids is not asked, and told; the allowed one is found", async () => {
    const ollama = await running(fakeOllama());
    const trap = await rawServer((socket) => socket.destroy());
    const policy = egressPolicy({ allow: [`127.0.0.1:${new URL(ollama.url).port}`] });
    const env = { OLLAMA_HOST: ollama.url, VLLM_BASE_URL: trap.origin };
    expect((await connected(undefined, { env, policy })).server.provider).toBe("ollama");
    expect(trap.connections()).toBe(0);
    expect(policy.report()).toContainEqual(expect.objectContaining({ port: trap.port, allowed: false, count: 1 }));
    const { OLLAMA_HOST: _, ...rest } = env;
    const error = await failureOf(connect(undefined, { env: rest, policy }));
    expect(error.code).toBe("policy");
    expect(error.message).toContain(`${trap.origin} (VLLM_BASE_URL): The egress policy forbids 127.0.0.1:${trap.port}`);
    expect(error.hint).toContain(`allow: ["127.0.0.1:${trap.port}"]`);
    expect((await failureOf(connect(undefined, { env: {}, policy: egressPolicy({ allow: [] }) }))).code).toBe("policy");
    expect(trap.connections()).toBe(0);
  });

  test("a server that wants a key keeps its code", async () => {
    const { origin } = await loopback(({ socket }) =>
      socket.write("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno"),
    );
    const error = await failureOf(connect(undefined, { env: { OPENAI_BASE_URL: `${origin}/v1` } }));
    expect(error).toMatchObject({ code: "auth", status: 401 });
    expect(error.message).toContain("OPENAI_BASE_URL");
  });

  test("the environment's key is for its own address alone", async () => {
    const server = await running(fakeVllm());
    await connected(server.url, { env: { OPENAI_BASE_URL: "http://127.0.0.1:1", OPENAI_API_KEY: "secret" } });
    expect(server.requests.length).toBeGreaterThan(0);
    expect(server.requests.some(({ headers }) => "authorization" in headers)).toBe(false);
  });
});

describe("the wrong thing behind a URL", () => {
  test.each([
    ["a web page", "200 OK\r\ncontent-type: text/html", "<!doctype html><p>Hello</p>", "protocol", "is a web page"],
    ["another API", "404 Not Found\r\ncontent-type: application/json", '{"error":"no"}', "protocol", "no model server"],
    [
      "a captive portal",
      "302 Found\r\nlocation: http://portal.example/login?a=b",
      "",
      "redirect",
      "to http://portal.example",
    ],
    ["a proxy that wants a key", "401 Unauthorized\r\ncontent-type: text/plain", "no", "auth", "without a key (401)"],
  ] as const)("%s", async (_, head, body, code, message) => {
    const error = await failureOf(connect(await answering(head, body), { env: {} }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint).not.toBe("");
  });

  test("nobody: how to start a server of each kind", async () => {
    const error = await failureOf(connect("http://127.0.0.1:1", { env: {} }));
    expect(error.code).toBe("connect");
    for (const title of ["vLLM: ", "Ollama: ", "llama-server: "]) expect(error.hint).toContain(title);
  });

  test("http to a TLS port, and https to a plain one", async () => {
    const { port } = await rawServer((socket) =>
      socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    expect((await failureOf(connect(`https://127.0.0.1:${port}`, { env: {} }))).code).toBe("tls");
    const certificates = makeCertificates();
    if (!certificates) return;
    const { origin } = await loopback(() => undefined, certificates.server);
    const error = await failureOf(connect(origin.replace("https:", "http:"), { env: {} }));
    expect(["reset", "protocol", "connect"]).toContain(error.code);
  });

  test("no URL at all, and an option that is none", async () => {
    expect((await failureOf(connect("127.0.0.1:8000", { env: {} }))).code).toBe("invalid-request");
    expect((await failureOf(connect("http://127.0.0.1:1", { key: "k" } as ConnectOptions))).code).toBe(
      "invalid-request",
    );
  });

  test.each([
    ["a line feed", { apiKey: "secret\n" }],
    ["a letter of no header", { headers: { "X-Key": "secret\u2026" } }],
  ])("%s in a key is told before anything is sent, and the key is not", async (_, options) => {
    const transport = network("http://gpu:8000");
    const error = await failureOf(connect("http://gpu:8000", { env: {}, transport, ...options }));
    expect(error.code).toBe("invalid-request");
    expect(JSON.stringify(error)).not.toContain("secret");
    expect(transport.asked).toHaveLength(0);
  });

  test.each([0, -1, Number.NaN, "1s"])("timeoutMs: %s", async (timeoutMs) => {
    const options = { env: {}, transport: network(), timeoutMs } as ConnectOptions;
    expect((await failureOf(connect("http://gpu:8000", options))).code).toBe("invalid-request");
  });

  test("a redirect and a refusal keep their status", async () => {
    const url = await answering("302 Found\r\nlocation: http://portal.example/");
    expect((await failureOf(connect(url, { env: {} }))).status).toBe(302);
  });

  test("replies that never end are waited for no longer than timeoutMs", async () => {
    const server = await loopback(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 30);
      socket.once("close", () => clearInterval(drip));
    });
    const error = await failureOf(connect(server.origin, { env: {}, timeoutMs: 200 }));
    expect(error).toMatchObject({ code: "timeout", phase: "total" });
    expect(error.hint).toContain("timeoutMs");
    await server.allClosed();
  });

  test("an abort ends the questions", async () => {
    const { origin } = await loopback(() => undefined);
    const error = await failureOf(connect(origin, { env: {}, signal: AbortSignal.timeout(50) }));
    expect(error.code).toBe("abort");
  });
});
