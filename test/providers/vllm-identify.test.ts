import { expect, test } from "vitest";

import type { ProbeReplies, ProbeReply } from "../../src/http/server-identity.ts";
import { vllmIdentity } from "../../src/providers/vllm/vllm-identify.ts";

const reply = (body: unknown, status = 200, headers: ProbeReply["headers"] = {}): ProbeReply => ({
  status,
  headers,
  body,
});
const list = (owned_by: string) => reply({ object: "list", data: [{ id: "m", object: "model", owned_by }] });
const asked = (replies: Readonly<Record<string, ProbeReply>>): ProbeReplies => new Map(Object.entries(replies));
const notFound = reply({ detail: "Not Found" }, 404);
const version = reply({ version: "0.32.0" });

test.each<[string, Readonly<Record<string, ProbeReply>>, string | undefined]>([
  ["0.32.0", { "/v1/models": list("vllm"), "/version": version, "/load": reply({ server_load: 0 }) }, "0.32.0"],
  [
    "with a key that was not given",
    { "/v1/models": reply({ error: "Unauthorized" }, 401), "/version": version, "/load": reply({ server_load: 0 }) },
    "0.32.0",
  ],
  ["behind a proxy that lets /v1 through", { "/v1/models": list("vllm"), "/version": notFound }, undefined],
])("a vLLM %s", (_, replies, told) => {
  const found = vllmIdentity.identify(asked(replies));
  expect(found?.evidence).toContain("GET /");
  expect(found?.version).toBe(told);
});

test.each<[string, Readonly<Record<string, ProbeReply>>]>([
  ["llama-server", { "/v1/models": list("llamacpp"), "/version": reply({ error: { code: 404 } }, 404) }],
  ["Ollama", { "/v1/models": list("library"), "/version": reply("404 page not found", 404) }],
  ["SGLang", { "/v1/models": list("sglang"), "/version": notFound, "/load": notFound }],
  ["SGLang with a key", { "/v1/models": reply({ error: "Unauthorized" }, 401), "/version": notFound }],
  [
    "another of its family",
    { "/v1/models": list("pygmalionai"), "/version": version, "/load": reply({ server_load: 0 }) },
  ],
  ["something with a version", { "/v1/models": reply({ error: "Unauthorized" }, 401), "/version": version }],
  ["nobody", {}],
])("%s is none", (_, replies) => {
  expect(vllmIdentity.identify(asked(replies))).toBeUndefined();
});

test("the environment names it by its URL, never by the variables of its own processes", () => {
  expect(vllmIdentity.fromEnvironment({ VLLM_BASE_URL: "http://gpu:8000/v1", VLLM_API_KEY: "k" })).toEqual([
    { variable: "VLLM_BASE_URL", baseURL: "http://gpu:8000/v1", apiKey: "k" },
  ]);
  expect(vllmIdentity.fromEnvironment({ VLLM_API_BASE: "http://gpu:8000/v1" })).toEqual([
    { variable: "VLLM_API_BASE", baseURL: "http://gpu:8000/v1" },
  ]);
  expect(vllmIdentity.fromEnvironment({ VLLM_PORT: "29500", VLLM_HOST_IP: "10.0.0.1" })).toEqual([]);
  expect(vllmIdentity.fromEnvironment({ VLLM_API_KEY: "k" })).toEqual([
    { variable: "VLLM_API_KEY", baseURL: "http://127.0.0.1:8000", apiKey: "k", keyAlone: true },
  ]);
});

test("it makes a vllm provider", () => {
  expect(vllmIdentity.provider({ baseURL: "http://gpu:8000" }).name).toBe(vllmIdentity.name);
});
