import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, onTestFinished, test, vi } from "vitest";

import type { TransportOptions } from "../../src/http/transport-options.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { connectProxy } from "../support/connect-proxy.ts";
import { failureOf, loopback, rawServer, request, textOf, thrownBy } from "../support/loopback.ts";
import { chunk, reply, streamHead } from "../support/wire.ts";

function transport(options?: TransportOptions) {
  const made = createTransport(options);
  onTestFinished(() => made.close());
  return made;
}

test("method, path, headers and body arrive as they were given", async () => {
  const server = await loopback(({ socket }) => socket.write(reply("")));
  const body = '{"text":"é🙂"}';
  await textOf(
    await transport().send(
      request(server.origin, { method: "POST", path: "/v1/x?y=1", headers: { authorization: "Bearer key" }, body }),
    ),
  );
  const [got] = server.requests;
  expect(got?.head.split("\r\n")[0]).toBe("POST /v1/x?y=1 HTTP/1.1");
  expect(got?.head.toLowerCase()).toContain("\r\nauthorization: bearer key\r\n");
  expect(got?.body).toBe(body);
});

test("a body that is iterated arrives piece by piece, and HEAD has none", async () => {
  const server = await rawServer((socket) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += String(bytes);
      if (!text.startsWith("HEAD") && !text.endsWith("0\r\n\r\n")) return;
      heads.push(text);
      text = "";
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
  });
  const heads: string[] = [];
  const client = transport();
  const body = {
    async *[Symbol.asyncIterator]() {
      yield* [Buffer.from("one"), Buffer.from("two")];
    },
  };
  for (const method of ["POST", "HEAD", "POST"] as const) {
    const response = await client.send(request(server.origin, { method, ...(method === "HEAD" ? {} : { body }) }));
    expect(await textOf(response)).toBe("");
  }
  expect(heads).toHaveLength(3);
  expect(heads[0]).toMatch(/transfer-encoding: chunked[^]*\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/i);
  expect(heads[2]).toBe(heads[0]); // iterated anew
});

test("a Unix socket is used whatever host the URL names", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inhouse-socket-"));
  const socketPath = join(folder, "s");
  const server = createHttpServer((incoming, response) => response.end(`over the socket: ${incoming.headers.host}`));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  expect(await textOf(await transport({ socketPath }).send(request("http://model.example")))).toBe(
    "over the socket: model.example",
  );
  const absent = await failureOf(transport({ socketPath: join(folder, "none") }).send(request("http://model.example")));
  expect(absent.code).toBe("connect");
  expect(absent.message).toContain("Unix socket does not exist");
});

describe("proxy", () => {
  test("a proxy that was given is asked to CONNECT, with its headers, and carries the request", async () => {
    const server = await loopback(({ socket }) => socket.write(reply("through the proxy")));
    const asked: string[] = [];
    const proxy = await connectProxy(asked);
    const made = transport({ proxy: { url: proxy, headers: { "proxy-authorization": "Basic eA==" } } });
    expect(await textOf(await made.send(request(server.origin)))).toBe("through the proxy");
    expect(asked[0]).toContain(`CONNECT 127.0.0.1:${server.port} HTTP/1.1`);
    expect(asked[0]?.toLowerCase()).toContain("proxy-authorization: basic ea==");
  });

  test("a proxy that refuses: connect, and the server is not asked", async () => {
    const server = await loopback(({ socket }) => socket.write(reply("")));
    const proxy = await rawServer((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")),
    );
    const error = await failureOf(transport({ proxy: { url: proxy.origin } }).send(request(server.origin)));
    expect(error.code).toBe("connect");
    expect(server.connections()).toBe(0);
  });

  test("abort while the proxy connects ends the call at once", async () => {
    const controller = new AbortController();
    const proxy = await rawServer((socket) => socket.once("data", () => controller.abort()));
    const made = createTransport({ proxy: { url: proxy.origin } });
    const error = await failureOf(made.send(request("http://model.example", { signal: controller.signal })));
    expect(error.code).toBe("abort");
    await made.close();
    await proxy.allClosed();
  });

  test("proxies of the environment are ignored", async () => {
    const trap = await rawServer((socket) => socket.end());
    const server = await loopback(({ socket }) => socket.write(reply("direct")));
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    for (const name of names) vi.stubEnv(name, trap.origin);
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    vi.stubEnv("NO_PROXY", "");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await textOf(await transport().send(request(server.origin)))).toBe("direct");
    expect(trap.connections()).toBe(0);
  });
});

test("another library's global dispatcher is not used", async () => {
  const symbol = Symbol.for("undici.globalDispatcher.1");
  const before: unknown = Reflect.get(globalThis, symbol);
  const trap = { dispatch: () => expect.unreachable() };
  Reflect.set(globalThis, symbol, trap);
  onTestFinished(() => void Reflect.set(globalThis, symbol, before));
  const server = await loopback(({ socket }) => socket.write(reply("direct")));
  expect(await textOf(await transport().send(request(server.origin)))).toBe("direct");
});

describe("close()", () => {
  test("ends running requests with closed, at every stage, and leaves no socket", async () => {
    const reached: (() => void)[] = [];
    const cue = () => new Promise<void>((resolve) => reached.push(resolve));
    const silent = await loopback(() => reached.shift()?.());
    const handshake = await rawServer((socket) => socket.once("data", () => reached.shift()?.()));
    const streaming = await loopback(({ socket }) =>
      socket.write(Buffer.concat([Buffer.from(streamHead), chunk("so far")])),
    );
    const made = createTransport();
    const reader = (await made.send(request(streaming.origin))).body[Symbol.asyncIterator]();
    await reader.next();
    const stages = [cue(), cue()];
    const running = [
      failureOf(made.send(request(silent.origin))),
      failureOf(made.send(request(`https://127.0.0.1:${handshake.port}`))),
      failureOf(reader.next()),
    ];
    await Promise.all(stages);
    await made.close();
    expect((await Promise.all(running)).map(({ code }) => code)).toEqual(["closed", "closed", "closed"]);
    await Promise.all([silent.allClosed(), handshake.allClosed(), streaming.allClosed()]);
  });

  test("closes idle connections, twice is once, and later requests fail with closed", async () => {
    const server = await loopback(({ socket }) => socket.write(reply("")));
    const made = createTransport();
    await textOf(await made.send(request(server.origin)));
    expect(server.open()).toBe(1);
    await Promise.all([made.close(), made.close()]);
    await server.allClosed();
    expect((await failureOf(made.send(request(server.origin)))).code).toBe("closed");
    expect(server.connections()).toBe(1);
  });

  test("a transport that was never used closes", async () => {
    await createTransport().close();
  });
});

describe("options", () => {
  test.each<[TransportOptions, string]>([
    [{ proxy: { url: "proxy.example:3128" } }, "http://proxy.example:3128"],
    [{ tls: { rejectUnauthorized: false } as TransportOptions["tls"] & object }, "Known options"],
    [{ keepAlive: 1 } as TransportOptions, 'Did you mean "keepAliveMs"?'],
  ])("%j is refused with a hint", (options, hint) => {
    const error = thrownBy(() => createTransport(options));
    expect(error.code).toBe("invalid-request");
    expect(error.hint).toContain(hint);
  });

  test("proxy and socketPath exclude each other", () => {
    const error = thrownBy(() => createTransport({ socketPath: "/s", proxy: { url: "http://p" } }));
    expect(error.message).toContain("exclude each other");
  });

  test("maxHeaderBytes bounds the headers", async () => {
    const server = await loopback(({ socket }) => socket.end(reply("", 200, { "x-long": "a".repeat(2_000) })));
    expect((await failureOf(transport({ maxHeaderBytes: 1_024 }).send(request(server.origin)))).code).toBe("limit");
  });
});
