import { describe, expect, test } from "vitest";

import { InhouseError } from "../../src/core/error.ts";
import type { Transport } from "../../src/core/transport.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, json, type CannedReply } from "../support/canned.ts";
import { freePort, loopback } from "../support/loopback.ts";
import { reply } from "../support/wire.ts";

const llamaError = (message: string, code: number): CannedReply => json({ error: { message, code } }, code);

describe.each(Object.entries({ llamacpp, ollama, vllm, openaiCompatible }))("%s's health", (_, provider) => {
  const failing = (error: InhouseError): Transport => ({
    send: () => Promise.reject(error),
    close: () => Promise.resolve(),
  });

  test.each([
    [
      "wedged",
      "a server that takes the connection and sends no headers",
      new InhouseError("timeout", "x", { phase: "headers" }),
    ],
    ["wedged", "a server whose queue of connections is full", new InhouseError("timeout", "x", { phase: "connect" })],
    ["wedged", "what speaks no HTTP", new InhouseError("protocol", "x")],
    ["starting", "a forwarded port whose server is not there yet", new InhouseError("reset", "x")],
    ["down", "a host that nobody knows", new InhouseError("dns", "x")],
  ] as const)("is %s for %s", async (status, __, error) => {
    const health = await provider({ baseURL: "http://model.example", transport: failing(error) }).health();
    expect(health).toEqual({ status, detail: "x" });
  });
});

describe("llama-server's health", () => {
  test.each<[string, readonly CannedReply[], string]>([
    ["a slot is free", [json({ status: "ok" }), json([{ id: 0 }])], "ready"],
    ["every slot is taken", [json({ status: "ok" }), llamaError("no slot available", 503)], "busy"],
    [
      "its slots are not shown",
      [json({ status: "ok" }), llamaError("This server does not support slots", 501)],
      "ready",
    ],
    ["its slots want a key", [json({ status: "ok" }), llamaError("Invalid API Key", 401)], "ready"],
    ["it loads", [llamaError("Loading model", 503)], "loading"],
  ])("where %s: %s", async (_, replies, status) => {
    const transport = canned(...replies);
    expect((await llamacpp({ transport }).health()).status).toBe(status);
    expect(transport.requests.length).toBeLessThanOrEqual(2);
  });

  describe("of a router", () => {
    const entry = (id: string, status: object): object => ({ id, object: "model", status });
    const halfway = { stages: ["text_model", "mmproj"], current: "text_model", value: 0.5 };
    test.each<[what: string, models: CannedReply, health: object]>([
      ["that has loaded nothing", json({ data: [entry("a", { value: "unloaded" })] }), { status: "ready" }],
      [
        "that loads its first model",
        json({ data: [entry("a", { value: "unloaded" }), entry("b", { value: "loading" })] }),
        { status: "loading", detail: "The router loads b." },
      ],
      [
        "that tells how far it is",
        json({ data: [entry("b", { value: "loading", progress: halfway })] }),
        { status: "loading", progress: 0.25, detail: "The router loads b." },
      ],
      [
        "that serves one and loads another",
        json({ data: [entry("a", { value: "loaded" }), entry("b", { value: "loading" })] }),
        { status: "ready" },
      ],
      ["that shows no models", llamaError("Invalid API Key", 401), { status: "ready" }],
    ])("%s", async (_, models, health) => {
      const missing = llamaError("model name is missing from the request", 400);
      const transport = canned(json({ status: "ok" }), missing, models);
      expect(await llamacpp({ transport }).health()).toEqual(health);
      expect(transport.requests.at(-1)?.path).toBe("/models");
    });
  });

  test("where its slots are silent, since it reads a long prompt: busy", async () => {
    const server = await loopback(({ socket, head }) => head.startsWith("GET /health") && socket.write(reply("{}")));
    const provider = llamacpp({ baseURL: server.origin });
    expect((await provider.health()).status).toBe("busy");
    await provider.close();
  });

  test("where nobody listens: down, and asked once", async () => {
    const provider = llamacpp({ baseURL: `http://127.0.0.1:${await freePort()}` });
    expect((await provider.health()).status).toBe("down");
    await provider.close();
  });
});
