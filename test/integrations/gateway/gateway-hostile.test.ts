import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";

import { expect, onTestFinished, test } from "vitest";

import { createClient } from "../../../src/index.ts";
import { gateway, type GatewayOptions } from "../../../src/integrations/gateway/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, memory } from "../../../src/testing/index.ts";
import { servedGateway } from "../../support/served-gateway.ts";

async function open(options: Partial<GatewayOptions> = {}) {
  const provider = memory();
  const { port } = await servedGateway(gateway(createClient({ provider }), { keys: { a: "k" }, ...options }));
  return { provider, port };
}

/** A socket that has sent these bytes, and what comes back until it is closed. */
function sent(port: number, bytes: string | Uint8Array): { readonly socket: Socket; readonly reply: Promise<string> } {
  const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
  onTestFinished(() => void socket.destroy());
  const reply = new Promise<string>((resolve) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    socket.on("error", () => undefined).on("close", () => resolve(text));
  });
  return { socket, reply };
}

function request(headers: readonly string[], body: string | Uint8Array): Uint8Array {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const own = headers.some((line) => /^(content-length|transfer-encoding)/i.test(line))
    ? []
    : [`Content-Length: ${length}`];
  const head = ["POST /v1/chat/completions HTTP/1.1", "Host: x", "Connection: close", ...own, ...headers];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
}

const key = "Authorization: Bearer k";
const json = "Content-Type: application/json";
const body = JSON.stringify({ messages: [{ role: "user", content: "Hi" }] });
const nested = (depth: number): string => `{"messages":${"[".repeat(depth)}${"]".repeat(depth)}}`;

const attacks: [what: string, bytes: Uint8Array, status: number, code?: string][] = [
  ["malformed JSON", request([key, json], "{"), 400],
  ["no object", request([key, json], "[]"), 400],
  ["nothing", request([key, json], ""), 400],
  ["bytes that are no text", request([key, json], Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), 400],
  ["deep nesting", request([key, json], nested(100)), 400],
  ["a prototype", request([key, json], '{"messages":[{"__proto__":{"role":"user"}}]}'), 400],
  ["a form of a page", request([key, "Content-Type: text/plain"], body), 415],
  ["no type", request([key], body), 415],
  ["a compressed body", request([key, json, "Content-Encoding: gzip"], gzipSync(body)), 415],
  ["two keys", request([key, "Authorization: Bearer other", json], body), 400],
  ["two types", request([key, json, "Content-Type: text/plain"], body), 400],
  ["two lengths", request([key, json, "Content-Length: 5", "Content-Length: 44"], body), 400],
  ["a length and chunks", request([key, json, "Content-Length: 5", "Transfer-Encoding: chunked"], body), 400],
  ["a header with a line in it", request([`${key}\rX: 1`, json], body), 400],
  ["a body that says it is too large", request([key, json, "Content-Length: 5000"], body), 413, "too_large"],
  [
    "a body that is too large and does not say so",
    request([key, json, "Transfer-Encoding: chunked"], `1000\r\n${" ".repeat(4_096)}\r\n0\r\n\r\n`),
    413,
    "too_large",
  ],
];

test.each<[what: string, bytes: Uint8Array, status: number, code?: string]>(attacks)(
  "%s is answered %# with a status of its own",
  async (_, bytes, status, code) => {
    const { port, provider } = await open({ maxBodyBytes: 4_000 });
    const { reply } = sent(port, bytes);
    const text = await reply;
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (code !== undefined) expect(text).toContain(`"code":"${code}"`);
    expect(provider.requests).toEqual([]);
  },
);

test("nesting that would overflow a stack is told by the gateway, where the body may be so large", async () => {
  const { port } = await open();
  expect(await sent(port, request([key, json], nested(100_000))).reply).toContain("nested deeper than 64");
});

test("a name of megabytes costs no time, and is not told back", async () => {
  const { port } = await open();
  const startedAt = performance.now();
  const text = await sent(port, request([key, json], JSON.stringify({ ["x".repeat(5_000_000)]: 1 }))).reply;
  expect(text).toMatch(/^HTTP\/1.1 400 /);
  expect(text.length).toBeLessThan(1_000);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test("the path counts, whatever host an absolute URL names", async () => {
  const { port } = await open();
  const get = (target: string) =>
    sent(port, Buffer.from(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${key}\r\n\r\n`)).reply;
  expect(await get("http://elsewhere.example/v1/models")).toMatch(/^HTTP\/1.1 200 /);
  expect(await get("//elsewhere.example/v1/models")).toMatch(/^HTTP\/1.1 404 /);
  expect(await get("/v1/../v1/models/%2e%2e")).toMatch(/^HTTP\/1.1 (200|404) /);
});

test("a body that does not come is given up, and its place is free", async () => {
  const { port, provider } = await open({ bodyTimeoutMs: 100, limits: { concurrentRequests: 1 } });
  const { reply } = sent(port, request([key, json, "Content-Length: 500"], "{"));
  expect(await reply).toMatch(/^HTTP\/1.1 408 [^]*"code":"timeout"/);
  expect(await sent(port, request([key, json], body)).reply).toMatch(/^HTTP\/1.1 200 /);
  expect(provider.requests).toHaveLength(1);
});

test("a caller that leaves in mid-body is no call, and its place is free", async () => {
  const records: unknown[] = [];
  const { port } = await open({ limits: { concurrentRequests: 1 }, onEnd: (record) => records.push(record) });
  const { socket } = sent(port, request([key, json, "Content-Length: 500"], "{"));
  await new Promise((resolve) => socket.once("connect", resolve));
  setTimeout(() => socket.destroy(), 50);
  await expect.poll(() => records).toMatchObject([{ ended: "aborted" }]);
  expect(await sent(port, request([key, json], body)).reply).toMatch(/^HTTP\/1.1 200 /);
});

test("a caller that closes its socket frees the model's server", async () => {
  await using server = await fakeVllm({ text: "word ".repeat(2_000), pauseMs: 5 });
  await using client = createClient({ provider: vllm({ baseURL: server.url }) });
  const { port } = await servedGateway(gateway(client, { keys: { a: "k" } }));
  const streamed = JSON.stringify({ stream: true, messages: [{ role: "user", content: "Hi" }] });
  const { socket } = sent(port, request([key, json], streamed));
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  await server.idle();
  expect(server.history.at(-1)).toMatchObject({ end: "client-left" });
});

test("a caller that reads slowly slows the model's server", async () => {
  await using server = await fakeVllm({ text: `${"x".repeat(1_000)} `.repeat(40_000) });
  await using client = createClient({ provider: vllm({ baseURL: server.url }) });
  const { port } = await servedGateway(gateway(client, { keys: { a: "k" } }));
  const streamed = JSON.stringify({ stream: true, messages: [{ role: "user", content: "Hi" }] });
  const { socket } = sent(port, request([key, json], streamed));
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  const tokens = (): number => server.history.at(-1)?.tokens ?? 0;
  let before = 0;
  const standsStill = (): boolean => {
    const still = tokens() > 0 && tokens() === before;
    before = tokens();
    return still;
  };
  await expect.poll(standsStill, { interval: 300 }).toBe(true);
  expect(tokens()).toBeLessThan(40_000);
  socket.destroy();
  await server.idle();
  expect(server.history.at(-1)).toMatchObject({ end: "client-left" });
});

test("a body that a framework has read already is taken as it gives it", async () => {
  const { node } = gateway(createClient({ provider: memory() }), { keys: false });
  const { createServer } = await import("node:http");
  const server = createServer((incoming, response) => {
    incoming.resume().once("end", () => void node(Object.assign(incoming, { body: JSON.parse(body) }), response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  expect(await sent(port, request([json], body)).reply).toMatch(/^HTTP\/1.1 200 [^]*"content":"Hi"/);
});
