import type {
  EmbeddingModelV4,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  ProviderV4,
  RerankingModelV4,
  TranscriptionModelV4,
} from "@ai-sdk/provider";
import { generateText, wrapLanguageModel } from "ai";
import type {
  EmbeddingModelV3,
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  ProviderV3,
  RerankingModelV3,
  TranscriptionModelV3,
} from "ai-sdk-provider-3";
import { expectTypeOf, test } from "vitest";

import { createClient } from "../../src/index.ts";
import type { GenerateResult, LanguageCallOptions, StreamPart } from "../../src/integrations/ai-sdk/ai-sdk-spec.ts";
import {
  createInhouse,
  type InhouseChatOptions,
  type InhouseEmbeddingModel,
  type InhouseLanguageModel,
  type InhouseRerankingModel,
  type InhouseTranscriptionModel,
} from "../../src/integrations/ai-sdk/index.ts";
import { memory } from "../../src/testing/index.ts";

const client = createClient({ provider: memory() });

test("a provider and its models are those of the AI SDK 7", () => {
  expectTypeOf(createInhouse({ client })).toExtend<ProviderV4>();
  expectTypeOf<InhouseLanguageModel>().toExtend<LanguageModelV4>();
  expectTypeOf<InhouseEmbeddingModel>().toExtend<EmbeddingModelV4>();
  expectTypeOf<InhouseRerankingModel>().toExtend<RerankingModelV4>();
  expectTypeOf<InhouseTranscriptionModel>().toExtend<TranscriptionModelV4>();
});

test("with v3 they are those of the AI SDK 6", () => {
  expectTypeOf(createInhouse({ client, specificationVersion: "v3" })).toExtend<ProviderV3>();
  expectTypeOf<InhouseLanguageModel<"v3">>().toExtend<LanguageModelV3>();
  expectTypeOf<InhouseEmbeddingModel<"v3">>().toExtend<EmbeddingModelV3>();
  expectTypeOf<InhouseRerankingModel<"v3">>().toExtend<RerankingModelV3>();
  expectTypeOf<InhouseTranscriptionModel<"v3">>().toExtend<TranscriptionModelV3>();
});

// Methods are compared both ways: what is taken and what is given is held to the specification by itself.
test("whatever a call may say is taken, and what is given is in the specification", () => {
  expectTypeOf<LanguageModelV4CallOptions>().toExtend<LanguageCallOptions>();
  expectTypeOf<LanguageModelV3CallOptions>().toExtend<LanguageCallOptions>();
  expectTypeOf<GenerateResult>().toExtend<LanguageModelV4GenerateResult>();
  expectTypeOf<GenerateResult>().toExtend<LanguageModelV3GenerateResult>();
  expectTypeOf<StreamPart>().toExtend<LanguageModelV4StreamPart>();
  expectTypeOf<StreamPart>().toExtend<LanguageModelV3StreamPart>();
});

test("a model is taken where the AI SDK takes one", () => {
  void (() => {
    const model = wrapLanguageModel({ model: createInhouse({ client })(), middleware: [] });
    return generateText({ model, prompt: "Hi" });
  });
});

test("the options under our name are typed", () => {
  void (() =>
    generateText({
      model: createInhouse({ client })("qwen3"),
      prompt: "Hi",
      providerOptions: {
        inhouse: {
          minP: 0.05,
          priority: "batch",
          timeout: { firstTokenMs: 10_000 },
          providerOptions: { llamacpp: { cachePrompt: true } },
        } satisfies InhouseChatOptions,
      },
    }));
  // @ts-expect-error the AI SDK has an option of its own for that
  const wrong: InhouseChatOptions = { temperature: 1 };
  void wrong;
});
