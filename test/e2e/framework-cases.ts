import { Document } from "@langchain/core/documents";
import { HumanMessage } from "@langchain/core/messages";
import { tool as langchainTool } from "@langchain/core/tools";
import { embedMany, generateText, isStepCount, Output, rerank, streamText, tool } from "ai";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { expect, type TestAPI } from "vitest";
import { z } from "zod";

import type { Client } from "../../src/index.ts";
import { createInhouse } from "../../src/integrations/ai-sdk/index.ts";
import { gateway } from "../../src/integrations/gateway/index.ts";
import { ChatInhouse, InhouseEmbeddings, InhouseRerank } from "../../src/integrations/langchain/index.ts";
import { servedGateway } from "../support/served-gateway.ts";

/** A real server as frameworks are shown it. */
export interface FrameworkSubject {
  /** A client whose model chats, and knows tools. */
  readonly chat: () => Client;
  readonly chatModel: string;
  /** A client whose model makes vectors. */
  readonly vectors: () => Client;
  readonly vectorModel: string;
  /** Whether the second ranks documents, too. */
  readonly ranks: boolean;
  /** Resolves when the server generates nothing more. */
  readonly idle: () => Promise<void>;
}

const city = z.object({ city: z.enum(["Berlin", "Oslo"]) });
const order = z.object({ colour: z.enum(["red", "green", "blue"]), urgent: z.boolean() });
const documents = ["A cat sleeps on the sofa.", "The stock market fell.", "Kittens like milk."];

/** What the frameworks do with any server: each takes its own way through inhouse to the same model. */
export function frameworkCases(test: TestAPI | TestAPI["skip"], subject: FrameworkSubject): void {
  const { chat, vectors, ranks, idle } = subject;
  test("the AI SDK: a tool is called and answered, an object fits, an abort ends it", async () => {
    await using client = chat();
    const model = createInhouse({ client })();
    const { steps } = streamText({
      model,
      prompt: "How warm is it in Berlin?",
      temperature: 0,
      maxOutputTokens: 100,
      stopWhen: isStepCount(2),
      prepareStep: ({ stepNumber }) => ({
        toolChoice: stepNumber === 0 ? { type: "tool", toolName: "weather" } : "none",
      }),
      tools: { weather: tool({ inputSchema: city, execute: (asked) => ({ ...asked, celsius: 21 }) }) },
    });
    const [first] = await steps;
    expect(first?.toolResults[0]?.output).toMatchObject({ celsius: 21 });
    const { output } = await generateText({
      model,
      prompt: "A customer wants a red chair at once.",
      output: Output.object({ schema: order }),
      maxOutputTokens: 200,
      temperature: 0,
    });
    expect(order.parse(output)).toEqual(output);
    const ending = new AbortController();
    const told = streamText({
      model,
      prompt: "Tell a very long story.",
      maxOutputTokens: 1_500,
      abortSignal: ending.signal,
    });
    for await (const text of told.textStream) if (text !== "") ending.abort();
    await idle();
  });

  test("LangChain: a tool is called, an object fits, and who leaves a stream ends it", async () => {
    await using client = chat();
    const model = new ChatInhouse({ client, temperature: 0, maxTokens: 200 });
    const look = langchainTool(() => "21", { name: "look", description: "How warm it is.", schema: city });
    const called = await model
      .bindTools([look], { tool_choice: "look" })
      .invoke([new HumanMessage("Is it warm in Oslo?")]);
    expect(called.tool_calls?.[0]).toMatchObject({
      name: "look",
      args: { city: expect.stringMatching(/Berlin|Oslo/) },
    });
    const value = await model.withStructuredOutput(order).invoke("Three red chairs, by tomorrow.");
    expect(order.parse(value)).toEqual(value);
    const stream = await new ChatInhouse({ client, maxTokens: 1_500 }).stream("Tell a very long story.");
    for await (const { text } of stream) if (text !== "") break;
    await idle();
  });

  test("vectors by the AI SDK and LangChain are the same", async () => {
    await using client = vectors();
    const { embeddings } = await embedMany({ model: createInhouse({ client }).embeddingModel(), values: documents });
    const others = await new InhouseEmbeddings({ client }).embedDocuments(documents);
    expect(embeddings).toHaveLength(3);
    for (const [row, vector] of embeddings.entries()) {
      expect(vector.length).toBe(others[row]?.length);
      expect(vector[0]).toBeCloseTo(others[row]?.[0] ?? Number.NaN, 3);
    }
  });

  const whereRanked = ranks ? test : () => undefined;
  whereRanked("documents are ranked by the AI SDK and LangChain", async () => {
    await using client = vectors();
    const query = "a small cat";
    const { ranking } = await rerank({ model: createInhouse({ client }).rerankingModel(), query, documents, topN: 2 });
    const pages = documents.map((pageContent) => new Document({ pageContent }));
    const texts = await new InhouseRerank({ client, topN: 2 }).compressDocuments(pages, query);
    expect(ranking.map(({ originalIndex }) => originalIndex)).not.toContain(1);
    expect(texts.map(({ pageContent }) => documents.indexOf(pageContent))).toEqual(
      ranking.map(({ originalIndex }) => originalIndex),
    );
  });

  test("the gateway: OpenAI's package chats, streams, calls, parses, embeds, and leaves", async () => {
    await using chatting = chat();
    await using embedding = vectors();
    const models = {
      small: { client: chatting, model: subject.chatModel },
      vectors: { client: embedding, model: subject.vectorModel },
    };
    const { origin } = await servedGateway(gateway(chatting, { keys: { team: "team-key" }, models }));
    const openai = new OpenAI({ baseURL: `${origin}/v1`, apiKey: "team-key", maxRetries: 0 });
    const asked = { model: "small", messages: [{ role: "user" as const, content: "Say hello." }], temperature: 0 };
    const whole = await openai.chat.completions.create({ ...asked, max_tokens: 12 });
    expect(whole.usage?.completion_tokens).toBeGreaterThan(0);
    const form = zodResponseFormat(order, "order");
    const parsed = await openai.chat.completions.parse({ ...asked, response_format: form, max_tokens: 200 });
    expect(order.safeParse(parsed.choices[0]?.message.parsed).success).toBe(true);
    const parameters = z.toJSONSchema(city) as Record<string, unknown>;
    const called = await openai.chat.completions.create({
      ...asked,
      max_tokens: 200,
      tools: [{ type: "function", function: { name: "look", parameters } }],
      tool_choice: { type: "function", function: { name: "look" } },
    });
    expect(called.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: "look" } });
    const { data } = await openai.embeddings.create({ model: "vectors", input: documents });
    expect(data.map(({ embedding: vector }) => vector.length > 8)).toEqual([true, true, true]);
    const stream = await openai.chat.completions.create({ ...asked, stream: true, max_tokens: 1_500 });
    for await (const _ of stream) break;
    await idle();
    await expect(openai.chat.completions.create({ ...asked, model: "unknown" })).rejects.toThrow(OpenAI.NotFoundError);
  });
}
