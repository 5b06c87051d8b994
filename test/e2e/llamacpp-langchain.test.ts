import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, inject, test as always } from "vitest";
import { z } from "zod";

import { createClient, isInhouseError, type Client } from "../../src/index.ts";
import { ChatInhouse } from "../../src/integrations/langchain/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ChatModelIntegrationTests } from "../fixtures/langchain-standard-tests/standard-tests.js";
import { ByCalls, Forced } from "../support/langchain-defaults.ts";
import { slotsFree } from "./slots-free.ts";

const server = inject("llamacpp");
const { url = "", apiKey = "" } = "unavailable" in server ? {} : server;

const test = "unavailable" in server ? always.skip : always;
const connect = (): Client => createClient({ provider: llamacpp({ baseURL: url, apiKey }) });

const look = tool(({ city }) => `21 degrees in ${city}`, {
  name: "look",
  description: "Tells how warm it is in a city.",
  schema: z.object({ city: z.enum(["Berlin", "Oslo"]) }),
});

/** A small model may write on and on within a schema: then the error says so, which is as good here. */
async function unlessCut(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    expect(error).toMatchObject({ code: "output-limit", lc_error_code: "OUTPUT_PARSING_FAILURE" });
  }
}

test("bindTools() of LangChain: the call is made, and its result goes back to the model", async () => {
  await using client = connect();
  const model = new ChatInhouse({ client, temperature: 0, maxTokens: 60 });
  const question = new HumanMessage("How warm is it in Berlin?");
  const called = await model.bindTools([look], { tool_choice: "look" }).invoke([question]);
  const [call] = called.tool_calls ?? [];
  expect(call).toMatchObject({ name: "look", args: { city: expect.stringMatching(/^(Berlin|Oslo)$/) as string } });

  const result = new ToolMessage({ content: "21 degrees", tool_call_id: call?.id ?? "" });
  const answer = await model.bindTools([look], { tool_choice: "none" }).invoke([question, called, result]);
  expect(answer.text).not.toBe("");
  expect(answer.response_metadata).toMatchObject({
    serverTimings: { promptMs: expect.any(Number) as number },
    finish_reason: expect.stringMatching(/^(stop|length)$/) as string,
  });
});

test("withStructuredOutput() of LangChain: the server holds the model to the schema", async () => {
  await using client = connect();
  const model = new ChatInhouse({ client, temperature: 0, maxTokens: 60 });
  const schema = z.object({ colour: z.enum(["red", "green", "blue"]), urgent: z.boolean() });
  const structured = async (): Promise<void> => {
    const value = await model.withStructuredOutput(schema).invoke("Three red chairs, by tomorrow.");
    expect(schema.parse(value)).toEqual(value);
  };
  await unlessCut(structured());
});

test.each(["signal", "leaving the loop"])(
  "a stream of LangChain that is ended by %s frees the server's slot",
  async (way) => {
    await using client = connect();
    const model = new ChatInhouse({ client, ignoreEos: true, maxTokens: 4_000 });
    const controller = new AbortController();
    const stream = await model.stream("Tell a long story.", { signal: controller.signal });
    const read = async (): Promise<void> => {
      for await (const { text } of stream) {
        if (text === "") continue;
        if (way !== "signal") break;
        controller.abort();
      }
    };
    if (way === "signal") await expect(read()).rejects.toThrow(/abort/i);
    else await read();
    await slotsFree(llamacpp({ baseURL: url, apiKey }));
  },
);

test("the server counts tokens for LangChain, and tells the profile", async () => {
  await using client = connect();
  const model = new ChatInhouse({ client });
  const text = "Bananas are berries, strawberries are not.";
  expect(await model.getNumTokens(text)).toBe((await client.tokenize({ text })).tokens.length);
  expect(await model.loadProfile()).toMatchObject({ maxInputTokens: expect.any(Number) as number, toolCalling: true });
});

describe("LangChain's own suite", () => {
  const client = connect();
  const suite = (Cls: typeof ChatInhouse): ChatModelIntegrationTests =>
    new ChatModelIntegrationTests({
      Cls,
      chatModelHasToolCalling: true,
      chatModelHasStructuredOutput: true,
      constructorArgs: { client, maxTokens: 100, temperature: 0 },
      supportsStandardContentType: { text: true, file: ["dataUrl", "text"] },
    });
  const plain = suite(ChatInhouse);
  test("invoke", () => plain.testInvoke());
  test("stream", () => plain.testStream());
  test("batch", () => plain.testBatch());
  test("a conversation", () => plain.testConversation());
  test("messages of one role that follow each other", () => plain.testDoubleMessageConversation());
  test("tokens used", () => plain.testUsageMetadata());
  test("tokens used, of a stream", () => plain.testUsageMetadataStreaming());
  test("stop", () => plain.testStopSequence());
  test("calls in a history, as text", () => plain.testToolMessageHistoriesStringContent());
  test("calls in a history, as blocks", () => plain.testToolMessageHistoriesListContent());
  test("examples", () => plain.testStructuredFewShotExamples());
  test("a cache", () => plain.testCacheComplexMessageTypes());
  test("texts", () => plain.testStandardTextContentBlocks());
  test("files", () => plain.testStandardFileContentBlocks());

  // The model of the tests calls nothing of its own accord.
  const forced = suite(Forced);
  test("tools of OpenAI's form", () => unlessCut(forced.testBindToolsWithOpenAIFormattedTools()));
  test("tools made of runnables", () => unlessCut(forced.testBindToolsWithRunnableToolLike()));
  test("tools without a function", () => unlessCut(forced.testModelCanAcceptStructuredToolParamsSchema()));
  test("calls of a stream", () => unlessCut(forced.testStreamTools()));
  test("calls of a stream, in pieces", () => unlessCut(forced.testStreamTokensWithToolCalls()));

  const byCalls = suite(ByCalls);
  test("structured output", () => unlessCut(byCalls.testWithStructuredOutput()));
  test("structured output, with the message", () => unlessCut(byCalls.testWithStructuredOutputIncludeRaw()));
});
