import { describe, expect, test } from "vitest";

import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { canned, json, type CannedReply } from "../support/canned.ts";
import { freePort, loopback } from "../support/loopback.ts";
import { reply } from "../support/wire.ts";

const llamaError = (message: string, code: number): CannedReply => json({ error: { message, code } }, code);

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
    ["it is a router", [json({ status: "ok" }), llamaError("model name is missing from the request", 400)], "ready"],
    ["it loads", [llamaError("Loading model", 503)], "loading"],
  ])("where %s: %s", async (_, replies, status) => {
    const transport = canned(...replies);
    expect((await llamacpp({ transport }).health()).status).toBe(status);
    expect(transport.requests.length).toBeLessThanOrEqual(2);
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
