import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { createClient, type Middleware, type ModelRequest } from "../../../src/index.ts";
import { createInhouse } from "../../../src/integrations/ai-sdk/index.ts";
import { memory } from "../../../src/testing/index.ts";
import { aiSdks } from "../../support/ai-sdks.ts";

type Part = { readonly type: string };

const prompt = [{ role: "user", content: [{ type: "text", text: "Hi" } as Part] }];

function modelOf(reply = "Yes.") {
  const provider = memory({ reply: () => reply });
  return { provider, model: createInhouse({ client: createClient({ provider }) })() };
}

test.each([
  ["provider-default", undefined, 0],
  ["minimal", "low", 1],
  ["low", "low", 0],
  ["high", "high", 0],
  ["xhigh", "high", 1],
  ["max", "high", 1],
])("reasoning %s of the AI SDK 7 is %s", async (reasoning, expected, told) => {
  const asked: ModelRequest[] = [];
  const watch: Middleware = (request, context, next) => {
    asked.push(request);
    return next(request, context);
  };
  const model = createInhouse({ client: createClient({ provider: memory(), middleware: [watch] }) })();
  const { warnings } = await model.doGenerate({ prompt, reasoning });
  expect(asked).toEqual([expect.objectContaining({ kind: "chat", ...(expected ? { reasoning: expected } : {}) })]);
  // That memory() knows no degrees is another warning.
  expect(warnings.filter(({ details }) => details?.startsWith("There are none"))).toHaveLength(told);
});

test("what no server takes of a tool, and options within a prompt, are told", async () => {
  const { provider, model } = modelOf();
  const tool = { type: "function", name: "clock", inputSchema: { type: "object" }, strict: true, inputExamples: [{}] };
  const { warnings } = await model.doGenerate({
    prompt: [{ role: "user", content: [{ type: "text", text: "Hi", providerOptions: { inhouse: {} } } as Part] }],
    tools: [tool],
    toolChoice: { type: "none" },
  });
  expect(warnings.map((warning) => warning.feature)).toEqual([
    "providerOptions.inhouse within a prompt",
    "strict of tool clock",
    "inputExamples of tool clock",
  ]);
  expect(provider.requests[0]).not.toHaveProperty("tools"); // none is to be called
});

test("a stream is not asked for another object", async () => {
  const { model } = modelOf('{"a":1}');
  const { stream } = await model.doStream({
    prompt,
    responseFormat: { type: "json" },
    providerOptions: { inhouse: { maxOutputRetries: 2 } },
  });
  const { value } = await stream.getReader().read();
  expect(value).toMatchObject({ type: "stream-start", warnings: [{ feature: "maxOutputRetries" }] });
});

test("a name of one's own is that of the models, of their options and of what is told", async () => {
  const provider = memory();
  const team = createInhouse({ client: createClient({ provider }), name: "team" });
  const { providerMetadata } = await team().doGenerate({ prompt, providerOptions: { team: { minP: 0.5 } } });
  expect(providerMetadata).toHaveProperty("team.callId");
  expect(provider.requests[0]).toMatchObject({ sampling: { minP: 0.5 } });
  const models = [
    team("a"),
    team.completionModel(),
    team.embeddingModel(),
    team.rerankingModel(),
    team.transcriptionModel(),
  ];
  expect(models.map((model) => `${model.provider} ${model.modelId}`)).toEqual([
    "team.chat a",
    "team.completion default",
    "team.embedding default",
    "team.reranking default",
    "team.transcription default",
  ]);
});

test.each([
  [{}, /client: expected a client/],
  [{ client: createClient({ provider: memory() }), specificationVersion: "v2" }, /specificationVersion/],
  [{ client: createClient({ provider: memory() }), retriedBy: "nobody" }, /retriedBy/],
  [{ client: createClient({ provider: memory() }), maxEmbeddingsPerCall: 0 }, /maxEmbeddingsPerCall/],
  [{ client: createClient({ provider: memory() }), models: [] }, /unknown option "models"/],
])("a wrong setting is refused (%#)", (settings, message) => {
  expect(() => createInhouse(settings as never)).toThrow(message);
});

describe.each(aiSdks)("other functions of %s", (_, { ai, createInhouse: create }) => {
  const answer = JSON.stringify({ city: "Graz" });
  const schema = z.object({ city: z.string() });

  test("generateObject(), streamObject()", async () => {
    const model = create({ client: createClient({ provider: memory({ reply: () => answer }) }) })();
    const { object } = await ai.generateObject({ model, schema, prompt: "Where?" });
    expect(object).toEqual({ city: "Graz" });
    const stream = ai.streamObject({ model, schema, prompt: "Where?" });
    const partials: unknown[] = [];
    for await (const partial of stream.partialObjectStream) partials.push(partial);
    expect(partials.at(-1)).toEqual({ city: "Graz" });
  });

  test("a model by its name alone, where the provider is the default one", async () => {
    const inhouse = create({
      client: createClient({ provider: memory({ models: ["qwen3"], reply: () => "Hello." }) }),
    });
    Object.assign(globalThis, { AI_SDK_DEFAULT_PROVIDER: inhouse });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, "AI_SDK_DEFAULT_PROVIDER"));
    expect((await ai.generateText({ model: "qwen3", prompt: "Hi" })).text).toBe("Hello.");
  });

  test("a registry and an agent", async () => {
    const inhouse = create({
      client: createClient({ provider: memory({ models: ["qwen3"], reply: () => "Hello." }) }),
    });
    const registry = ai.createProviderRegistry({ inhouse });
    const { text } = await new ai.ToolLoopAgent({ model: registry.languageModel("inhouse:qwen3") }).generate({
      prompt: "Hi",
    });
    expect(text).toBe("Hello.");
    expect(registry.embeddingModel("inhouse:qwen3").provider).toBe("inhouse.embedding");
  });
});
