import { describe, expect, test } from "vitest";

import type { ProbeReply } from "../../src/http/server-identity.ts";
import { ollamaIdentity } from "../../src/providers/ollama/ollama-identify.ts";

const identify = (replies: Readonly<Record<string, [status: number, body: unknown]>>) =>
  ollamaIdentity.identify(
    new Map(
      Object.entries(replies).map(([path, [status, body]]): [string, ProbeReply] => [
        path,
        { status, headers: {}, body },
      ]),
    ),
  );

describe("who answers there", () => {
  test("Ollama says so itself, with its version", () => {
    expect(identify({ "/": [200, "Ollama is running"], "/api/version": [200, { version: "0.34.2" }] })).toEqual({
      version: "0.34.2",
      evidence: "GET /: Ollama is running; GET /api/version: 0.34.2",
    });
    expect(identify({ "/": [200, "Ollama is running"], "/api/version": [404, "404 page not found"] })).toEqual({
      evidence: "GET /: Ollama is running",
    });
  });

  test.each([
    ["nobody", {}],
    ["llama-server with its page", { "/": [200, "<!doctype html>"], "/api/version": [404, { error: { code: 404 } }] }],
    ["llama-server without", { "/": [404, { error: { message: "File Not Found" } }] }],
    ["vLLM", { "/": [404, { detail: "Not Found" }], "/api/version": [404, { detail: "Not Found" }] }],
    ["koboldcpp, which imitates it", { "/": [200, "<!doctype html>"], "/api/version": [200, { version: "0.7.0" }] }],
    ["a proxy that wants a key", { "/": [401, "Unauthorized"], "/api/version": [401, "Unauthorized"] }],
    ["a page about it", { "/": [200, "<p>Ollama is running</p>"] }],
  ] as const)("%s is not Ollama", (_, replies) => {
    expect(identify(replies as never)).toBeUndefined();
  });
});

describe("OLLAMA_HOST", () => {
  const baseURL = (value: string) => ollamaIdentity.fromEnvironment({ OLLAMA_HOST: value })[0]?.baseURL;

  /** The table of Ollama's own test (envconfig/config_test.go, 0.34.2), as a client connects; a scheme's own port is left out. */
  test.each([
    ["1.2.3.4", "http://1.2.3.4:11434"],
    [":1234", "http://127.0.0.1:1234"],
    ["1.2.3.4:1234", "http://1.2.3.4:1234"],
    ["example.com", "http://example.com:11434"],
    ["example.com:1234", "http://example.com:1234"],
    [":66000", "http://127.0.0.1:11434"],
    [":-1", "http://127.0.0.1:11434"],
    ["host:abc", "http://host:11434"],
    ["host:", "http://host:11434"],
    ["[::1]", "http://[::1]:11434"],
    ["[::]", "http://[::1]:11434"],
    ["::1", "http://[::1]:11434"],
    ["[::1]:1337", "http://[::1]:1337"],
    ["[::]:1234", "http://[::1]:1234"],
    ["0.0.0.0", "http://127.0.0.1:11434"],
    ["0.0.0.0:1234", "http://127.0.0.1:1234"],
    [" 1.2.3.4 ", "http://1.2.3.4:11434"],
    ['"1.2.3.4"', "http://1.2.3.4:11434"],
    [' " 1.2.3.4 " ', "http://1.2.3.4:11434"],
    ["'1.2.3.4'", "http://1.2.3.4:11434"],
    ["http://1.2.3.4", "http://1.2.3.4"],
    ["http://1.2.3.4:4321", "http://1.2.3.4:4321"],
    ["https://1.2.3.4", "https://1.2.3.4"],
    ["https://1.2.3.4:4321", "https://1.2.3.4:4321"],
    ["https://0.0.0.0:4321", "https://127.0.0.1:4321"],
    ["https://example.com/ollama", "https://example.com/ollama"],
    ["http://example.com/ollama/", "http://example.com/ollama"],
    ["ollama.com", "https://ollama.com"],
  ])("%j is %s", (value, expected) => {
    expect(baseURL(value)).toBe(expected);
  });

  test.each(["", "  ", '""', "ftp://1.2.3.4", "a b", "http://a b"])("%j names no address", (value) => {
    expect(baseURL(value)).toBeUndefined();
  });

  test("comes with the key of OLLAMA_API_KEY", () => {
    expect(ollamaIdentity.fromEnvironment({ OLLAMA_HOST: "h", OLLAMA_API_KEY: "k" })).toEqual([
      { variable: "OLLAMA_HOST", baseURL: "http://h:11434", apiKey: "k" },
    ]);
    expect(ollamaIdentity.fromEnvironment({ OLLAMA_API_KEY: "k" })).toEqual([]);
  });
});

test("it makes its provider", () => {
  expect(ollamaIdentity.provider({ baseURL: "http://127.0.0.1:11434" }).name).toBe("ollama");
});
