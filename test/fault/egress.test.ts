import { createServer } from "node:http";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import type { EgressPolicy } from "../../src/core/egress.ts";
import { readModel } from "../../src/deploy.ts";
import { egressPolicy } from "../../src/governance/egress-policy.ts";
import type { EgressRule } from "../../src/governance/egress-rule.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { blankPng } from "../support/blank-png.ts";
import { makeCertificates } from "../support/certificates.ts";
import { connectProxy } from "../support/connect-proxy.ts";
import { failureOf, loopback, rawServer, request, textOf, thrownBy } from "../support/loopback.ts";
import { resolver } from "../support/resolver.ts";
import { runChild } from "../support/run-child.ts";
import { chatReply, reply } from "../support/wire.ts";
import { writtenFolder } from "../support/written-folder.ts";
import { dialects, isGeneration, modelServer } from "./dialects.ts";

const allow = (...rules: readonly (string | EgressRule)[]): EgressPolicy => egressPolicy({ allow: rules });

/** A transport under a policy; closed when the test is over. */
function transportOf(policy: EgressPolicy, options: Parameters<typeof createTransport>[0] = {}) {
  const made = createTransport({ ...options, policy });
  onTestFinished(() => made.close());
  return made;
}

const answering = () => loopback(({ socket }) => socket.write(reply("here")));
const opened = (policy: EgressPolicy) => policy.report().filter(({ allowed }) => allowed);

describe.each(Object.entries(dialects))("row 106, %s: a base URL outside the policy", (_, { connect }) => {
  test("is refused when the provider is made, in any spelling: no connection, no look-up", async () => {
    const server = await rawServer((socket) => socket.destroy());
    const asked = resolver();
    const hosts = [
      "127.0.0.1",
      "2130706433",
      "0177.0.0.1",
      "0x7f.0.0.1",
      "127.1",
      "127.0.0.1.",
      "１２７.0.0.1",
      "%31%32%37.1",
      "0.0.0.0",
      "0",
      "[::]",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[::127.0.0.1]",
      "[2002:7f00:1::]",
      "[64:ff9b::127.0.0.1]",
      "[64:ff9b:1::7f00:1]",
      "224.0.0.1",
      "[ff02::1]",
      "255.255.255.255",
      "4294967295",
      "localhost",
      "LOCALHOST.",
      "ｌocalhost",
      "models.example",
      "8.8.8.8",
    ];
    const policy = allow("private", "*.corp.example");
    for (const host of hosts) {
      const error = thrownBy(() => connect({ baseURL: `http://${host}:${server.port}`, policy }));
      expect([host, error.code, error.retryable]).toEqual([host, "policy", false]);
    }
    expect([server.connections(), asked.names.length]).toEqual([0, 0]);
    expect(opened(policy)).toEqual([]);
    expect(policy.report().reduce((sum, { count }) => sum + count, 0)).toBe(hosts.length);
  });

  test("is refused with a transport that has the policy, too; one that has another, or can have none, is refused itself", () => {
    const policy = allow("private");
    const baseURL = "http://127.0.0.1:1";
    const transport = transportOf(policy);
    expect(thrownBy(() => connect({ baseURL, transport })).code).toBe("policy");
    expect(thrownBy(() => connect({ baseURL, transport, policy })).code).toBe("policy");
    connect({ baseURL: "http://10.0.0.1", transport, policy });
    for (const other of [transportOf(allow("private")), createTransport()]) {
      expect(thrownBy(() => connect({ baseURL, transport: other, policy })).code).toBe("invalid-request");
    }
    expect(thrownBy(() => connect({ baseURL, policy: { allow: ["loopback"] } as never })).code).toBe("invalid-request");
  });

  test("is asked where the policy allows it", async () => {
    const server = await answering();
    const policy = allow("loopback");
    const provider = connect({ baseURL: server.origin, policy });
    onTestFinished(() => provider.close());
    expect(provider.transport?.policy).toBe(policy);
    await failureOf(provider.models());
    expect(opened(policy)).toEqual([
      {
        host: "127.0.0.1",
        port: server.port,
        address: "127.0.0.1",
        allowed: true,
        reason: 'the rule "loopback"',
        count: server.connections(),
      },
    ]);
  });
});

describe("row 107, a name", () => {
  const name = "models.corp.example";

  test("that no rule names is not looked up", async () => {
    const asked = resolver({ [name]: ["127.0.0.1"] });
    const error = await failureOf(transportOf(allow("loopback")).send(request(`http://${name}`)));
    expect([error.code, asked.names]).toEqual(["policy", []]);
  });

  test.each([
    ["one address outside", ["203.0.113.9"]],
    ["one of several outside", ["127.0.0.1", "203.0.113.9"]],
    ["the other way round", ["203.0.113.9", "127.0.0.1"]],
    ["an outside one in the clothes of IPv6", ["127.0.0.1", "::ffff:203.0.113.9"]],
    ["NAT64 of an inside one", ["127.0.0.1", "64:ff9b::7f00:1"]],
    ["the unspecified one", ["0.0.0.0"]],
    ["the metadata of a cloud", ["169.254.169.254"]],
  ])("with %s is refused, and nothing is dialled", async (_, addresses) => {
    const server = await answering();
    const asked = resolver({ [name]: [addresses] });
    const policy = allow(name, "loopback");
    const error = await failureOf(transportOf(policy).send(request(`http://${name}:${server.port}`)));
    expect(error).toMatchObject({ code: "policy", retryable: false });
    expect(error.message).toContain(`${name}:${server.port} at ${addresses.find((each) => each !== "127.0.0.1")}`);
    expect([server.connections(), asked.names, opened(policy)]).toEqual([0, [name], []]);
  });

  test("is looked up once for a connection: what was checked is what is dialled", async () => {
    const server = await answering();
    const asked = resolver({ [name]: ["127.0.0.1", "127.0.0.2"] });
    const policy = allow({ host: name, addresses: ["127.0.0.1"] });
    const transport = transportOf(policy);
    expect(await textOf(await transport.send(request(`http://${name}:${server.port}`)))).toBe("here");
    expect([server.connections(), asked.names]).toEqual([1, [name]]);
    expect(opened(policy)).toMatchObject([{ host: name, address: "127.0.0.1", count: 1 }]);
  });

  test("that changes between two look-ups is refused at the second connection; the first one goes on", async () => {
    const server = await loopback(({ socket, number }) => {
      if (number > 1) socket.write(reply("here"));
    });
    const asked = resolver({ [name]: ["127.0.0.1", "203.0.113.9"] });
    const transport = transportOf(allow(name));
    const there = request(`http://${name}:${server.port}`);
    const controller = new AbortController();
    const first = transport.send({ ...there, signal: controller.signal }); // it has the connection, so that there is a second
    first.catch(() => undefined);
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await failureOf(transport.send(there))).code).toBe("policy");
    expect([server.connections(), asked.names.length]).toEqual([1, 2]);
    expect(server.open()).toBe(1);
    controller.abort();
    expect((await failureOf(first)).code).toBe("abort");
  });

  test("with several addresses inside is reached at one that answers", async () => {
    const server = await answering();
    resolver({ [name]: [["127.0.0.7", "127.0.0.1"]] });
    const response = await transportOf(allow(name)).send(request(`http://${name}:${server.port}`));
    expect(await textOf(response)).toBe("here");
  });

  test("that does not resolve is an error of dns", async () => {
    resolver();
    expect((await failureOf(transportOf(allow(name)).send(request(`http://${name}`)))).code).toBe("dns");
  });

  test("refused by the policy is told once by a client, and not tried again", async () => {
    const asked = resolver({ [name]: ["203.0.113.9"] });
    const provider = openaiCompatible({ baseURL: `http://${name}/v1`, policy: allow(name) });
    const client = createClient({ provider, model: "m", maxRetries: 3 });
    onTestFinished(() => client.close());
    const error = await failureOf(client.chat({ messages: "Hi" }));
    expect([error.code, error.attempts?.length, asked.names.length]).toEqual(["policy", 1, 1]);
    expect(error.hint).toContain("addresses");
  });
});

describe("a kept connection", () => {
  test("is not checked anew: the policy is asked at each connection, and not for each request", async () => {
    const server = await answering();
    const policy = allow("loopback");
    let checks = 0;
    const counted: EgressPolicy = {
      ...policy,
      checkHost: (...place) => {
        checks += 1;
        policy.checkHost(...place);
      },
    };
    const transport = transportOf(counted);
    for (const _ of [1, 2, 3]) await textOf(await transport.send(request(server.origin)));
    expect([server.connections(), checks]).toEqual([1, 1]);
  });

  const certificates = makeCertificates();
  test.skipIf(!certificates)("over TLS works under a policy as without", async () => {
    const server = await loopback(({ socket }) => socket.write(reply("here")), certificates?.server);
    const policy = allow("loopback");
    const transport = transportOf(policy, { tls: { ca: certificates?.ca ?? "" } });
    expect(await textOf(await transport.send(request(server.origin)))).toBe("here");
    expect(opened(policy)).toMatchObject([{ port: server.port, count: 1 }]);
  });
});

describe("row 108, metadata", () => {
  const everything = () => allow("0.0.0.0/0", "::/0", "*.internal", "*.example", "private");

  test.each([
    "169.254.169.254",
    "2852039166",
    "[::ffff:a9fe:a9fe]",
    "169.254.170.2",
    "[fd00:ec2::254]",
    "[fe80::a9fe:a9fe]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "metadata.google.internal",
    "METADATA.google.internal.",
  ])("%s is never allowed by a range or a wildcard: no look-up, nothing dialled", (host) => {
    const asked = resolver();
    const policy = everything();
    expect(thrownBy(() => openaiCompatible({ baseURL: `http://${host}`, policy })).code).toBe("policy");
    expect([asked.names, opened(policy)]).toEqual([[], []]);
  });

  test.each(["169.254.169.254", "fd00:ec2::254", "100.100.100.200"])(
    "is not reached by a name, %s",
    async (address) => {
      resolver({ "harmless.example": [address] });
      const policy = everything();
      const error = await failureOf(transportOf(policy).send(request("http://harmless.example")));
      expect([error.code, opened(policy)]).toEqual(["policy", []]);
      expect(error.message).toMatch(/metadata/);
    },
  );

  test("is allowed where it is named alone", () => {
    const policy = allow("169.254.169.254:80");
    openaiCompatible({ baseURL: "http://169.254.169.254", policy });
    expect(thrownBy(() => openaiCompatible({ baseURL: "http://169.254.169.254:81", policy })).code).toBe("policy");
  });
});

describe("row 109, a proxy", () => {
  test("that is configured is subject to the policy when the transport is made", async () => {
    const proxy = await rawServer((socket) => socket.destroy());
    const made = () => createTransport({ proxy: { url: proxy.origin }, policy: allow("private") });
    expect(thrownBy(made).code).toBe("policy");
    expect(proxy.connections()).toBe(0);
  });

  test("whose name resolves outside is not dialled", async () => {
    const proxy = await rawServer((socket) => socket.destroy());
    resolver({ "proxy.corp.example": [["127.0.0.1", "203.0.113.9"]] });
    const policy = allow("proxy.corp.example", "models.corp.example");
    const transport = transportOf(policy, { proxy: { url: `http://proxy.corp.example:${proxy.port}` } });
    expect((await failureOf(transport.send(request("http://models.corp.example")))).code).toBe("policy");
    expect([proxy.connections(), opened(policy)]).toEqual([0, []]);
  });

  test("is not asked to connect to what the policy forbids, by name or address", async () => {
    const asked: string[] = [];
    const proxy = await connectProxy(asked);
    const server = await answering();
    const policy = allow(`127.0.0.1:${new URL(proxy).port}`);
    const transport = transportOf(policy, { proxy: { url: proxy } });
    for (const origin of [server.origin, "http://models.corp.example", "https://models.corp.example"]) {
      expect((await failureOf(transport.send(request(origin)))).code).toBe("policy");
    }
    expect([asked, server.connections(), opened(policy)]).toEqual([[], 0, []]);
  });

  test("carries what the policy allows: a name is judged here and looked up there", async () => {
    const asked: string[] = [];
    const proxy = await connectProxy(asked);
    const server = await answering();
    const lookups = resolver();
    const policy = allow("models.corp.example", `127.0.0.1:${new URL(proxy).port}`);
    const transport = transportOf(policy, { proxy: { url: proxy } });
    const response = await transport.send(request(`http://models.corp.example:${server.port}`));
    expect(await textOf(response)).toBe("here");
    expect([asked.length, lookups.names]).toEqual([1, []]);
    expect(opened(policy).map(({ host, address }) => [host, address])).toEqual([
      ["127.0.0.1", "127.0.0.1"],
      ["models.corp.example", undefined],
    ]);
  });

  test("that the environment names gets nothing under a policy either", async () => {
    const proxy = await rawServer((socket) => socket.destroy());
    const server = await loopback(({ socket }) => socket.write(reply(chatReply("direct"))));
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    const env = {
      ...Object.fromEntries(names.map((each) => [each, proxy.origin])),
      NODE_USE_ENV_PROXY: "1",
      NO_PROXY: "",
    };
    const printed = await runChild<{ text: string; report: { port: number }[] }>(
      "test/fault/egress-child.ts",
      [server.origin, "loopback"],
      { env },
    );
    expect([printed.text, proxy.connections()]).toEqual(["direct", 0]);
    expect(printed.report.map(({ port }) => port)).toEqual([server.port]);
  });

  test("or a global dispatcher that another library installed gets nothing under a policy", async () => {
    const symbol = Symbol.for("undici.globalDispatcher.1");
    const before: unknown = Reflect.get(globalThis, symbol);
    let dispatched = 0;
    Reflect.set(globalThis, symbol, { dispatch: () => (dispatched += 1) });
    onTestFinished(() => void Reflect.set(globalThis, symbol, before));
    const server = await answering();
    expect(await textOf(await transportOf(allow("loopback")).send(request(server.origin)))).toBe("here");
    expect(dispatched).toBe(0);
  });
});

describe("row 110, a URL of a file", () => {
  test("in a message is fetched through the provider's policy: what it forbids gets no connection", async () => {
    const server = await modelServer(({ socket }) => socket.write(reply(chatReply("seen"))));
    const picture = blankPng(64, 64);
    const files = await loopback(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${picture.length}\r\n\r\n`);
      socket.write(picture);
    });
    const ask = async (policy: EgressPolicy) => {
      const provider = openaiCompatible({ baseURL: server.origin, policy });
      const client = createClient({ provider, model: "m", media: { urls: true } });
      onTestFinished(() => client.close());
      const image = { type: "image", url: `${files.origin}/x.png` } as const;
      return await client.chat({ messages: [{ role: "user", content: [{ type: "text", text: "See" }, image] }] });
    };
    const policy = allow(`127.0.0.1:${server.port}`);
    expect((await failureOf(ask(policy))).code).toBe("policy");
    expect([files.connections(), server.requests.filter(isGeneration)]).toEqual([0, []]);
    expect(policy.report().filter(({ allowed }) => !allowed)).toMatchObject([{ port: files.port, count: 1 }]);
    expect((await ask(allow("loopback"))).text).toBe("seen");
    expect(files.connections()).toBe(1);
  });

  test("of a model is read through the policy of its transport", async () => {
    const server = await loopback(({ socket }) => socket.write(reply("", 404)));
    const url = `${server.origin}/model.gguf`;
    expect((await failureOf(readModel(url, { transport: transportOf(allow("private")) }))).code).toBe("policy");
    expect(server.connections()).toBe(0);
    expect((await failureOf(readModel(url, { transport: transportOf(allow("loopback")) }))).code).toBe("not-found");
    expect(server.connections()).toBe(1);
  });
});

test("a Unix socket is judged by its path, whatever host the URL names", async () => {
  const socketPath = join(writtenFolder({}), "server.sock");
  const server = createServer((_, response) => response.end("over the socket"));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const policy = allow(`unix:${socketPath}`);
  const transport = transportOf(policy, { socketPath });
  expect(await textOf(await transport.send(request("http://models.example")))).toBe("over the socket");
  expect(opened(policy)).toMatchObject([{ host: socketPath, count: 1 }]);
  openaiCompatible({ baseURL: "http://models.example", transport });
  expect(thrownBy(() => createTransport({ socketPath, policy: allow("loopback") })).code).toBe("policy");
});

test("a redirect out of the policy is not followed", async () => {
  const target = await answering();
  const server = await loopback(({ socket }) => socket.write(reply("", 302, { location: target.origin })));
  const response = await transportOf(allow("loopback")).send(request(server.origin));
  expect([response.status, target.connections()]).toEqual([302, 0]);
  response.destroy();
});
