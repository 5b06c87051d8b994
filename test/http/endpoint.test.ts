import { describe, expect, test } from "vitest";

import { askJson, createEndpoint, send, type EndpointOptions } from "../../src/http/endpoint.ts";
import { canned, json, type CannedReply } from "../support/canned.ts";
import { failureOf, loopback, thrownBy } from "../support/loopback.ts";
import { reply } from "../support/wire.ts";

const settings = {
  baseURL: "http://127.0.0.1:8000/v1",
  prefix: (prefix: string) => prefix,
  classify: () => undefined,
};
const endpoint = (options: EndpointOptions = {}) => createEndpoint("test", options, settings);
const asked = (replied: CannedReply) =>
  failureOf(askJson(endpoint({ transport: canned(replied) }), { method: "GET", path: "/models" }));

describe("what is sent", () => {
  test("key, id, user agent, and no compression asked for", async () => {
    const transport = canned(json({}));
    const at = endpoint({
      baseURL: "http://model.example:81/api",
      apiKey: "sk-1",
      headers: { "X-Team": "a" },
      transport,
    });
    await askJson(at, { method: "POST", path: "/chat", body: { a: 1 }, id: "call-7", attempt: 2 });
    const [sent] = transport.requests;
    expect(sent).toMatchObject({
      method: "POST",
      origin: "http://model.example:81",
      path: "/api/chat",
      body: '{"a":1}',
    });
    expect(sent?.headers).toMatchObject({
      authorization: "Bearer sk-1",
      "accept-encoding": "identity",
      "content-type": "application/json",
      "user-agent": "inhouse",
      "x-request-id": "call-7",
      "x-request-attempt": "2",
      "x-team": "a",
    });
  });

  test("no key, no authorization", async () => {
    const transport = canned(json({}));
    await askJson(endpoint({ transport }), { method: "GET", path: "/models" });
    expect(transport.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(transport.requests[0]?.body).toBeUndefined();
  });

  test("a header of the caller's replaces ours, in whatever case it is written", async () => {
    const transport = canned(json({}));
    await askJson(endpoint({ transport, headers: { "USER-AGENT": "mine" } }), { method: "GET", path: "/" });
    expect(transport.requests[0]?.headers["user-agent"]).toBe("mine");
  });
});

describe("what is refused before anything is sent", () => {
  test.each([
    ["a key with a line feed", { apiKey: "sk-secret-1\n" }, "apiKey"],
    ["a key with a carriage return and a header", { apiKey: "sk-secret-1\r\nx-evil: 1" }, "apiKey"],
    ["a key of letters that no header can have", { apiKey: "sk-secret-1-ключ" }, "apiKey"],
    ["a header's value with a line feed", { headers: { "x-a": "sk-secret-1\n" } }, 'the header "x-a"'],
    ["a header's value that is no text", { headers: { "x-a": 1 as unknown as string } }, 'the header "x-a"'],
    ["a header's name with a colon", { headers: { "x:a": "sk-secret-1" } }, "headers"],
    ["an empty header's name", { headers: { "": "sk-secret-1" } }, "headers"],
  ])("%s", (_, options, place) => {
    const error = thrownBy(() => endpoint(options));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(place);
    expect(`${error.message} ${error.hint} ${String(error.stack)}`).not.toContain("sk-secret-1");
  });

  test("a baseURL without a scheme", () => {
    const error = thrownBy(() => endpoint({ baseURL: "localhost:8000" }));
    expect(error).toMatchObject({ code: "invalid-request", hint: "Write it like http://127.0.0.1:8000/v1." });
  });
});

describe("replies of status 200 that are none", () => {
  test("a compressed one: protocol, with what to change", async () => {
    const error = await asked({ ...json({}), headers: { "content-encoding": "gzip" } });
    expect(error.code).toBe("protocol");
    expect(error.hint).toContain("compression");
  });

  test("identity is no compression", async () => {
    const transport = canned({ headers: { "content-encoding": "identity" }, body: "{}" });
    expect(await askJson(endpoint({ transport }), { method: "GET", path: "/" })).toEqual({});
  });

  test.each(["text/html", "text/html; charset=utf-8", "TEXT/HTML"])("an HTML page (%s): protocol", async (type) => {
    const error = await asked({ headers: { "content-type": type }, body: "<html>Sign in</html>" });
    expect(error.code).toBe("protocol");
    expect(error.message).toContain("HTML page");
    expect(error.message).not.toContain("Sign in");
  });

  test.each(["", "not json", '{"a":'])("%j where JSON was asked for: protocol", async (body) => {
    expect((await asked({ body })).code).toBe("protocol");
  });

  test.each([
    ["gzip", { "content-encoding": "gzip" }],
    ["HTML", { "content-type": "text/html" }],
  ])("the connection of a refused %s reply is closed", async (_, headers) => {
    const server = await loopback(({ socket }) =>
      socket.write(reply("half", 200, { ...headers, "content-length": "999" })),
    );
    const at = endpoint({ baseURL: server.origin });
    expect((await failureOf(send(at, { method: "GET", path: "/" }))).code).toBe("protocol");
    await server.allClosed();
    await at.close();
  });
});

test("a transport of the caller's is not closed with the endpoint; its own is", async () => {
  const server = await loopback(({ socket }) => socket.write(reply("{}")));
  let closed = 0;
  const lent = { ...canned(json({})), close: () => Promise.resolve(void (closed += 1)) };
  await endpoint({ transport: lent }).close();
  expect(closed).toBe(0);
  const own = endpoint({ baseURL: server.origin });
  await askJson(own, { method: "GET", path: "/" });
  expect(server.open()).toBe(1);
  await own.close();
  await server.allClosed();
});
