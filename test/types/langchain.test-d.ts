import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import type { BaseDocumentCompressor } from "@langchain/core/retrievers/document_compressors";
import type { Runnable } from "@langchain/core/runnables";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";

import { createClient } from "../../src/index.ts";
import {
  ChatInhouse,
  InhouseEmbeddings,
  InhouseRerank,
  type ChatInhouseCallOptions,
} from "../../src/integrations/langchain/index.ts";
import { memory } from "../../src/testing/index.ts";

const client = createClient({ provider: memory() });
const model = new ChatInhouse({ client, temperature: 0, reasoning: { maxTokens: 100 }, timeouts: { firstTokenMs: 1 } });

test("the classes are LangChain's", () => {
  expectTypeOf(model).toExtend<BaseChatModel>();
  expectTypeOf(new InhouseEmbeddings({ client })).toExtend<EmbeddingsInterface>();
  expectTypeOf(new InhouseRerank({ client })).toExtend<BaseDocumentCompressor>();
  expectTypeOf(model.invoke("Hi")).resolves.toExtend<AIMessageChunk>();
});

test("options of calls are typed, and a misspelt one is an error", () => {
  expectTypeOf(model.withConfig).parameter(0).toExtend<Partial<ChatInhouseCallOptions>>();
  model.withConfig({ minP: 0.1, contextPolicy: "trim", stop: ["."], providerOptions: { llamacpp: { slotId: 1 } } });
  // @ts-expect-error temperature is a number
  model.withConfig({ temperature: "hot" });
  // @ts-expect-error there is no such option
  model.withConfig({ temprature: 1 });
  // @ts-expect-error a key belongs to the provider of the client
  void new ChatInhouse({ client, apiKey: "k" });
  // @ts-expect-error the client has a limit and a queue of its own
  void new ChatInhouse({ client, maxConcurrency: 2 });
});

test("withStructuredOutput() gives the type of the schema", () => {
  const person = z.object({ name: z.string(), age: z.number().transform(String) });
  type Person = { name: string; age: string };
  expectTypeOf(model.withStructuredOutput(person)).toExtend<Runnable<BaseLanguageModelInput, Person>>();
  expectTypeOf(model.withStructuredOutput(person).invoke("Hi")).resolves.toEqualTypeOf<Person>();
  const raw = model.withStructuredOutput(person, { includeRaw: true }).invoke("Hi");
  expectTypeOf(raw).resolves.toEqualTypeOf<{ raw: BaseMessage; parsed: Person }>();
  const plain = model.withStructuredOutput({ type: "object" }).invoke("Hi");
  expectTypeOf(plain).resolves.toEqualTypeOf<Record<string, unknown>>();
});
