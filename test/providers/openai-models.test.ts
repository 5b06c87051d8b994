import { describe, expect, test } from "vitest";

import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { canned, json, type CannedReply } from "../support/canned.ts";
import { closed, failureOf, freePort, loopback } from "../support/loopback.ts";
import { reply, streamHead } from "../support/wire.ts";

const openai = (...replies: readonly CannedReply[]) =>
  openaiCompatible({ baseURL: "http://model.example", transport: canned(...replies) });

describe("models() and describe()", () => {
  const list = json({ data: [{ id: "a", max_model_len: 4_096 }, { id: "b", aliases: ["c", 7] }, null] });

  test("what the server tells, and nothing else", async () => {
    expect(await openai(list).models()).toMatchObject([
      { id: "a", aliases: [], contextLength: 4_096 },
      { id: "b", aliases: ["c"] },
    ]);
  });

  test("one by name or alias; an unknown one is not-found with the names there are", async () => {
    expect((await openai(list).describe("c")).id).toBe("b");
    expect(await failureOf(openai(list).describe("d"))).toMatchObject({ code: "not-found", hint: "Models: a, b." });
  });

  test("without a name, the only one; of several, none is guessed", async () => {
    expect((await openai(json({ data: [{ id: "only" }] })).describe()).id).toBe("only");
    expect((await failureOf(openai(list).describe())).code).toBe("invalid-request");
    expect((await failureOf(openai(json({ data: [] })).describe())).hint).toBe("Models: none.");
  });

  test.each(["{}", "[]", "null", '{"data":{}}'])("%s is no list of models: protocol", async (text) => {
    expect((await failureOf(openai(json(JSON.parse(text))).models())).code).toBe("protocol");
  });
});

describe("health()", () => {
  test.each<[string, CannedReply, string]>([
    ["200", json({}), "ready"],
    ["a refused key is an answer", json({ error: "no" }, 401), "ready"],
    ["a missing path is an answer", json({ error: "no" }, 404), "ready"],
    ["500", json({ error: "broken" }, 500), "wedged"],
    ["502 of a proxy before a server that is not there yet", json({ error: "broken" }, 502), "starting"],
    ["504 of a proxy before a server that does not answer", json({ error: "late" }, 504), "wedged"],
    ["a redirect to a page to log in", { status: 302, headers: { location: "http://login.example" } }, "wedged"],
    ["503 while the model loads", json({ error: { message: "Loading model" } }, 503), "loading"],
    ["an HTML page", { headers: { "content-type": "text/html" }, body: "<html>" }, "wedged"],
  ])("%s is %s", async (_, replied, status) => {
    expect((await openai(replied).health()).status).toBe(status);
    expect((await llamacpp({ transport: canned(replied) }).health()).status).toBe(status);
  });

  test("nobody there is down; it says why, and rejects nothing", async () => {
    const provider = llamacpp({ baseURL: `http://127.0.0.1:${await freePort()}` });
    const health = await provider.health();
    expect(health.status).toBe("down");
    expect(health.detail).toContain("refused");
    await provider.close();
  });

  test("lost before an answer is starting: a forwarded port takes connections before the server does", async () => {
    const server = await loopback(({ socket }) => socket.destroy());
    const provider = llamacpp({ baseURL: server.origin });
    expect((await provider.health()).status).toBe("starting");
    await provider.close();
  });

  test("an answer whose body never ends is an answer, and its connection is closed", async () => {
    const server = await loopback(({ socket }) => socket.write(streamHead));
    const provider = llamacpp({ baseURL: server.origin });
    expect((await provider.health()).status).toBe("ready");
    await closed(server.requests[0]);
    await provider.close();
  });

  test("abort rejects with abort; a closed provider with closed", async () => {
    const controller = new AbortController();
    const server = await loopback(() => controller.abort("enough"));
    const provider = llamacpp({ baseURL: server.origin });
    expect(await failureOf(provider.health(controller.signal))).toMatchObject({ code: "abort", cause: "enough" });
    await provider.close();
    expect((await failureOf(provider.health())).code).toBe("closed");
  });

  test("asked again and again, it uses one connection", async () => {
    const server = await loopback(({ socket }) => socket.write(reply('{"status":"ok"}')));
    const provider = llamacpp({ baseURL: server.origin });
    for (const _ of [1, 2, 3]) await provider.health();
    await provider.close();
    expect([server.requests.length, server.connections()]).toEqual([6, 1]); // with a look at the slots each time
  });
});
