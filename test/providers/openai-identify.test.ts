import { expect, test } from "vitest";

import type { ProbeReplies, ProbeReply } from "../../src/http/server-identity.ts";
import { openaiIdentity } from "../../src/providers/openai-compatible/openai-identify.ts";

const reply = (body: unknown, status = 200): ProbeReply => ({ status, headers: {}, body });
const asked = (list?: ProbeReply): ProbeReplies => new Map(list ? [["/v1/models", list]] : []);

test.each<[string, ProbeReply]>([
  ["a list of models", reply({ object: "list", data: [{ id: "m" }] })],
  ["an empty list", reply({ data: [] })],
  ["a list that needs a key", reply({ error: { message: "no key" } }, 401)],
])("%s is enough", (_, list) => {
  expect(openaiIdentity.identify(asked(list))?.evidence).toContain("GET /v1/models");
});

test.each<[string, ProbeReply | undefined]>([
  ["a web page", reply("<!doctype html>")],
  ["a page that asks for a password", reply("<html>", 401)],
  ["another API's answer", reply({ models: [] })],
  ["a missing page", reply({ detail: "Not Found" }, 404)],
  ["nobody", undefined],
])("%s is not", (_, list) => {
  expect(openaiIdentity.identify(asked(list))).toBeUndefined();
});

test("the environment names it as it does for OpenAI's own clients", () => {
  expect(openaiIdentity.fromEnvironment({ OPENAI_BASE_URL: "http://lm:1234/v1", OPENAI_API_KEY: "k" })).toEqual([
    { variable: "OPENAI_BASE_URL", baseURL: "http://lm:1234/v1", apiKey: "k" },
  ]);
  expect(openaiIdentity.fromEnvironment({ OPENAI_API_KEY: "k" })).toEqual([]);
  expect(openaiIdentity.usualURLs).toContain("http://127.0.0.1:1234");
  expect(openaiIdentity.provider({ baseURL: "http://lm:1234" }).name).toBe(openaiIdentity.name);
});
