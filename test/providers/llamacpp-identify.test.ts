import { expect, test } from "vitest";

import type { ProbeReplies, ProbeReply } from "../../src/http/server-identity.ts";
import { llamacppIdentity } from "../../src/providers/llamacpp/llamacpp-identify.ts";

const signed = { server: "llama.cpp" };
const reply = (body: unknown, status = 200, headers: ProbeReply["headers"] = signed): ProbeReply => ({
  status,
  headers,
  body,
});
const list = (owned_by: string, headers = {}) => reply({ data: [{ id: "m", owned_by }] }, 200, headers);
const asked = (replies: Readonly<Record<string, ProbeReply>>): ProbeReplies => new Map(Object.entries(replies));

test.each<[string, Readonly<Record<string, ProbeReply>>, string, string?]>([
  ["with one model", { "/props": reply({ build_info: "b11434-pypi", total_slots: 1 }) }, "b11434-pypi", "b11434-pypi"],
  ["as a router", { "/props": reply({ role: "router", build_info: "b11434-pypi" }) }, "a router", "b11434-pypi"],
  ["that loads", { "/props": reply({ error: { code: 503, message: "Loading model" } }, 503) }, "Server: llama.cpp"],
  [
    "that wants a key",
    { "/v1/models": reply({ error: { code: 401, message: "Invalid API Key" } }, 401) },
    "Server: llama.cpp",
  ],
  ["behind a proxy that signs for it", { "/v1/models": list("llamacpp", { server: "nginx" }) }, "owned_by"],
])("a llama-server %s", (_, replies, evidence, version) => {
  const found = llamacppIdentity.identify(asked(replies));
  expect(found?.evidence).toContain(evidence);
  expect(found?.version).toBe(version);
});

test.each<[string, Readonly<Record<string, ProbeReply>>]>([
  ["vLLM", { "/v1/models": list("vllm", { server: "uvicorn" }), "/props": reply({ detail: "Not Found" }, 404, {}) }],
  ["Ollama", { "/v1/models": list("library"), "/props": reply("404 page not found", 404, {}) }],
  ["nobody", {}],
])("%s is none", (_, replies) => {
  expect(llamacppIdentity.identify(asked(replies))).toBeUndefined();
});

test.each<[Readonly<Record<string, string>>, string | undefined]>([
  [{ LLAMA_ARG_PORT: "9000" }, "http://127.0.0.1:9000"],
  [{ LLAMA_ARG_HOST: "0.0.0.0", LLAMA_ARG_PORT: "9000" }, "http://127.0.0.1:9000"],
  [{ LLAMA_ARG_HOST: "gpu" }, "http://gpu:8080"],
  [{ LLAMA_ARG_HOST: "::1" }, "http://[::1]:8080"],
  [{ LLAMA_ARG_HOST: "gpu", LLAMA_ARG_API_PREFIX: "/llm", LLAMA_ARG_SSL_CERT_FILE: "a.pem" }, "https://gpu:8080/llm"],
  [{ LLAMA_ARG_HOST: "/run/llama.sock" }, undefined],
  [{ LLAMA_API_KEY: "k" }, "http://127.0.0.1:8080"],
  [{}, undefined],
])("the environment %j names %s", (env, baseURL) => {
  expect(llamacppIdentity.fromEnvironment(env)[0]?.baseURL).toBe(baseURL);
});

test("the key goes with the address", () => {
  expect(llamacppIdentity.fromEnvironment({ LLAMA_ARG_HOST: "gpu", LLAMA_API_KEY: "k" })).toEqual([
    { variable: "LLAMA_ARG_HOST", baseURL: "http://gpu:8080", apiKey: "k" },
  ]);
  expect(llamacppIdentity.provider({ baseURL: "http://gpu:8080" }).name).toBe(llamacppIdentity.name);
});
