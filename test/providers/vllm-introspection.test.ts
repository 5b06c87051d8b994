import { describe, expect, test } from "vitest";

import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, json, type CannedReply } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const provider = (...replies: readonly CannedReply[]) => vllm({ transport: canned(...replies) });
const card = (id: string, parent: string | null = null) => ({
  id,
  owned_by: "vllm",
  parent,
  max_model_len: parent === null ? 2_048 : null,
});
const list = json({ object: "list", data: [card("base"), card("alias"), card("adapter", "base")] });
const routes = (...paths: readonly string[]) => json({ paths: Object.fromEntries(paths.map((path) => [path, {}])) });
const notFound = json({ detail: "Not Found" }, 404);

describe("models()", () => {
  test("names of the one model are aliases, a LoRA adapter is a model with the window of its base", async () => {
    expect(await provider(list).models()).toMatchObject([
      { id: "base", aliases: ["alias"], contextLength: 2_048 },
      { id: "adapter", aliases: [], contextLength: 2_048 },
    ]);
  });
});

test("the adapters are the models with a parent", async () => {
  expect(await provider(list).adapters.list()).toEqual([{ name: "adapter", base: "base" }]);
});

describe("describe()", () => {
  const supported = async (...paths: readonly string[]) => {
    const { capabilities } = await provider(list, routes(...paths)).describe("base");
    return Object.fromEntries(Object.entries(capabilities).map(([name, capability]) => [name, capability.supported]));
  };

  test("a model that generates has its routes, and no others", async () => {
    expect(await supported("/v1/chat/completions", "/v1/completions", "/tokenize")).toMatchObject({
      chat: "yes",
      completion: "yes",
      embedding: "no",
      rerank: "no",
      classification: "no",
      structuredOutput: "yes",
      tools: "unknown",
      image: "unknown",
    });
  });

  test("a model that embeds", async () => {
    expect(await supported("/v1/embeddings", "/rerank", "/score", "/pooling")).toMatchObject({
      chat: "no",
      completion: "no",
      tools: "no",
      grammar: "no",
      embedding: "yes",
      rerank: "yes",
      classification: "no",
      tokenization: "yes",
    });
  });

  test("without /openapi.json nobody knows", async () => {
    const { capabilities } = await provider(list, notFound).describe("base");
    expect(capabilities.chat.supported).toBe("unknown");
  });

  test("without a name it is the model that vLLM serves, however many adapters it has", async () => {
    expect((await provider(list, routes()).describe()).id).toBe("base");
    expect((await provider(list, routes()).describe("alias")).id).toBe("base");
    expect(await failureOf(provider(list, routes()).describe("other"))).toMatchObject({ code: "not-found" });
  });
});

describe("health()", () => {
  const counted = (waiting: number): CannedReply => ({
    headers: { "content-type": "text/plain" },
    body: `vllm:num_requests_waiting{engine="0"} ${waiting}.0\n`,
  });

  test.each<[string, readonly CannedReply[], string]>([
    ["200 without a body, and no metrics", [{}, notFound], "ready"],
    ["a server whose queue is empty", [{}, counted(0)], "ready"],
    ["a server where requests wait", [{}, counted(3)], "busy"],
    ["503 of a dead engine", [{ status: 503 }], "wedged"],
    [
      "503 while it scales",
      [json({ error: "The model is currently scaling. Please try again later." }, 503)],
      "loading",
    ],
  ])("%s: %s", async (_, replies, status) => {
    expect((await provider(...replies).health()).status).toBe(status);
  });
});

describe("what only vLLM has", () => {
  test("load, version and how it is set up", async () => {
    expect(await provider(json({ server_load: 3 })).load()).toBe(3);
    expect(await provider(json({ version: "0.32.0" })).version()).toBe("0.32.0");
    expect(await provider(json({ vllm_config: { a: 1 } })).serverInfo()).toEqual({ vllm_config: { a: 1 } });
  });

  test("what a reply does not tell is an error, and not nought or nothing", async () => {
    expect(await failureOf(provider(json({})).load())).toMatchObject({ code: "protocol" });
    expect(await failureOf(provider(json({})).version())).toMatchObject({ code: "protocol" });
  });

  test("every question has a limit on connecting, and its error says whose it is", async () => {
    const transport = canned(json({ error: "failed" }, 500));
    const asked = vllm({ transport });
    for (const question of [
      () => asked.metrics(),
      () => asked.serverInfo(),
      () => asked.adapters.load({ name: "a", path: "/a" }),
      () => asked.score({ queries: "a", documents: "b" }),
      () => asked.pool({ inputs: "a" }),
    ]) {
      expect(await failureOf(question())).toMatchObject({ code: "server", provider: "vllm" });
    }
    for (const { timeouts } of transport.requests) expect(timeouts?.connectMs).toBe(5_000);
    await asked.close();
  });

  test("metrics are text", async () => {
    const body = 'vllm:num_requests_running{engine="0"} 1.0\n';
    const { runningRequests } = await provider({ headers: { "content-type": "text/plain" }, body }).metrics();
    expect(runningRequests).toBe(1);
  });

  test("a route that is not open says what opens it", async () => {
    expect(await failureOf(provider(notFound).serverInfo())).toMatchObject({
      code: "unsupported",
      hint: expect.stringContaining("VLLM_SERVER_DEV_MODE=1"),
    });
    expect(await failureOf(provider(notFound).adapters.load({ name: "a", path: "/a" }))).toMatchObject({
      code: "unsupported",
      hint: expect.stringContaining("VLLM_ALLOW_RUNTIME_LORA_UPDATING=1"),
    });
  });

  test("adapters come and go by name; the server answers in words", async () => {
    const transport = canned({ body: "Success: LoRA adapter 'a' added successfully." });
    const { adapters } = vllm({ transport });
    await adapters.load({ name: "a", path: "/adapters/a", replace: true });
    expect(transport.sent()).toEqual({ lora_name: "a", lora_path: "/adapters/a", load_inplace: true });
    await adapters.unload("a");
    expect([transport.requests.at(-1)?.path, transport.sent()]).toEqual([
      "/v1/unload_lora_adapter",
      { lora_name: "a" },
    ]);
    const taken = {
      error: { message: "The lora adapter 'a' has already been loaded.", type: "InvalidUserInput", code: 400 },
    };
    const refused = provider(json(taken, 400)).adapters.load({ name: "a", path: "/a" });
    expect((await failureOf(refused)).code).toBe("invalid-request");
    const gone = { error: { message: "The lora adapter 'b' cannot be found.", type: "NotFoundError", code: 404 } };
    expect((await failureOf(provider(json(gone, 404)).adapters.unload("b"))).code).toBe("not-found");
  });

  test("scores, in the order of the documents", async () => {
    const data = [
      { index: 1, object: "score", score: -0.5 },
      { index: 0, object: "score", score: 0.9 },
    ];
    const transport = canned(json({ data }));
    expect(await vllm({ transport }).score({ model: "m", queries: "q", documents: ["a", "b"] })).toEqual([0.9, -0.5]);
    expect(transport.sent()).toEqual({ model: "m", queries: "q", documents: ["a", "b"] });
    const three = provider(json({ data })).score({ queries: "q", documents: ["a", "b", "c"] });
    expect((await failureOf(three)).code).toBe("protocol");
  });

  test("what the model makes of texts, a vector or one for each token", async () => {
    const data = [
      { index: 0, object: "pooling", data: [1, 2] },
      { index: 1, object: "pooling", data: [[1], [2]] },
    ];
    expect(await provider(json({ data })).pool({ inputs: ["a", "b"], task: "token_embed" })).toEqual([
      [1, 2],
      [[1], [2]],
    ]);
    expect((await failureOf(provider(json({ data: [] })).pool({ inputs: "a" }))).code).toBe("protocol");
  });

  test("misspelt input is refused before a byte is sent", async () => {
    const transport = canned({});
    const { score, pool, adapters } = vllm({ transport });
    const wrong = [
      score({ query: "a", documents: [] } as never),
      pool({ input: "a" } as never),
      adapters.load({ name: "a", source: "/a" } as never),
    ];
    for (const call of wrong) expect((await failureOf(call)).code).toBe("invalid-request");
    expect(transport.requests).toHaveLength(0);
  });
});
