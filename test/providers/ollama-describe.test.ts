import { describe, expect, test } from "vitest";

import { ollama } from "../../src/providers/ollama/index.ts";
import { fakeOllama } from "../../src/testing/index.ts";
import { canned, json, type CannedReply } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { recorded } from "../support/recorded.ts";

const list = (...names: readonly string[]): CannedReply =>
  json({ models: names.map((name) => ({ name, model: name, size: 7, details: { quantization_level: "Q4_1" } })) });
const none = json({ models: [] });
const show = (name: string): CannedReply => recorded(name, "ollama-0.34.2");

const described = (name: string, shown: CannedReply, loaded: CannedReply = none) =>
  ollama({ transport: canned(list(`${name}:latest`), loaded, shown) }).describe(name);

describe("a description", () => {
  test("tells size, lengths and quantization; not the window, which nobody has told yet", async () => {
    expect(await described("smol", show("008-show-smol"))).toMatchObject({
      id: "smol:latest",
      trainedContextLength: 8_192,
      embeddingLength: 576,
      parameterCount: 134_515_008,
      quantization: "Q4_1",
      sizeBytes: 7,
    });
    expect(await described("smol", show("008-show-smol"))).not.toHaveProperty("contextLength");
  });

  test("the window is that of the loaded model", async () => {
    expect((await described("smol", show("008-show-smol"), show("023-ps"))).contextLength).toBe(4_096);
    expect((await described("other", show("008-show-smol"), show("023-ps"))).contextLength).toBeUndefined();
  });

  test("else that of its parameters", async () => {
    expect((await described("smol-from", show("084g-show"))).contextLength).toBe(1_024);
  });

  test.each([
    ["008-show-smol", "yes", "no", "no"],
    ["085b-show-tools", "yes", "yes", "no"],
    ["098b-show", "yes", "no", "yes"],
  ])("%s: what it can do, with the evidence", async (name, chat, tools, reasoning) => {
    const { capabilities } = await described("smol", show(name));
    expect([capabilities.chat, capabilities.tools, capabilities.reasoning].map(({ supported }) => supported)).toEqual([
      chat,
      tools,
      reasoning,
    ]);
    expect(capabilities.reasoningSwitch.supported).toBe(reasoning);
    expect(capabilities.embedding.supported).toBe("no");
    expect(capabilities.tools.evidence).toMatch(/^capabilities of POST \/api\/show have (no )?"tools"$/);
  });

  test("a name that is not there is refused with those that are", async () => {
    const error = await failureOf(ollama({ transport: canned(list("a:latest", "b:7b")) }).describe("c"));
    expect(error.code).toBe("not-found");
    expect(error.hint).toContain("a:latest, b:7b");
  });
});

test("models: smol is smol:latest, other tags are said, and what an older version does not list is unknown", async () => {
  const models = await ollama({
    transport: canned(list("smol:latest", "smol:7b", "127.0.0.1:5000/a/b:latest")),
  }).models();
  expect(models.map(({ aliases }) => aliases)).toEqual([
    ["smol", "library/smol:latest", "library/smol"],
    ["library/smol:7b"],
    ["127.0.0.1:5000/a/b"],
  ]);
  expect(models[0]?.capabilities.tools.supported).toBe("unknown");
});

test("a server that sends no list of models speaks another protocol", async () => {
  expect((await failureOf(ollama({ transport: canned(json({ data: [] })) }).models())).code).toBe("protocol");
});

test("what replies do not tell is absent, or an error, and not nought or nothing", async () => {
  const provider = ollama({ transport: canned(json({ models: [{ name: "m", digest: "d" }] })) });
  expect(await provider.running()).toEqual([{ model: "m", digest: "d" }]);
  expect(await failureOf(provider.version())).toMatchObject({ code: "protocol", provider: "ollama" });
});

test("the errors of copying and deleting say whose they are", async () => {
  const provider = ollama({ transport: canned(json({ error: "model 'a' not found" }, 404)) });
  for (const failing of [() => provider.copy("a", "b"), () => provider.delete("a")]) {
    expect(await failureOf(failing())).toMatchObject({ code: "not-found", provider: "ollama" });
  }
});

test("what is in memory, and the version", async () => {
  await using server = await fakeOllama({ contextLength: 512 });
  const provider = ollama({ baseURL: server.url });
  expect(await provider.version()).toBe("0.0.0-fake");
  expect(await provider.running()).toEqual([]);
  await provider.load("fake", { keepAlive: "1h", numCtx: 512 });
  expect(server.requests.at(-1)).toMatchObject({
    path: "/api/generate",
    body: { model: "fake", keep_alive: "1h", options: { num_ctx: 512 }, shift: false },
  });
  expect(await provider.running()).toEqual([
    {
      model: "fake:latest",
      digest: "0".repeat(64),
      sizeBytes: 2_048,
      gpuBytes: 0,
      contextLength: 512,
      expiresAt: new Date("2036-01-01"),
    },
  ]);
  await provider.unload("fake");
  expect(await provider.running()).toEqual([]);
  await provider.close();
});

test("a model that only embeds is loaded by embedding nothing", async () => {
  const transport = canned(json({ error: '"m" does not support generate' }, 400), json({ model: "m", embeddings: [] }));
  await ollama({ transport }).load("m", { numBatch: 64 });
  expect(transport.requests.map(({ path }) => path)).toEqual(["/api/generate", "/api/embed"]);
  expect(transport.sent()).toEqual({ model: "m", input: [], options: { num_batch: 64 } });
});
