import { AIMessageChunk, HumanMessage, type BaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createAgent } from "langchain";
import { expect, test } from "vitest";
import { z } from "zod";

import { createClient } from "../../../src/client/client.ts";
import type { ChatRequest } from "../../../src/core/request.ts";
import { ChatInhouse } from "../../../src/integrations/langchain/index.ts";
import { obedientModel } from "../../support/obedient-model.ts";

const look = tool(({ city }) => `21 degrees in ${city}`, {
  name: "look",
  description: "Tells how warm it is.",
  schema: z.object({ city: z.enum(["Graz", "Oslo"]) }),
});

test("createAgent() of LangChain calls a tool, tells the model its result, and ends with the answer", async () => {
  const provider = obedientModel();
  const agent = createAgent({ model: new ChatInhouse({ client: createClient({ provider }) }), tools: [look] });
  const { messages } = await agent.invoke({ messages: [new HumanMessage("How warm is it in Graz?")] });
  expect((messages as BaseMessage[]).map((message) => message.getType())).toEqual(["human", "ai", "tool", "ai"]);
  expect(messages.at(-1)?.text).toBe("It is warm in Graz.");
  expect(messages.at(-1)?.response_metadata["warnings"]).toBeUndefined(); // of LangGraph's own options none is told
  expect((provider.requests.at(-1) as ChatRequest).messages).toMatchObject([
    { role: "user" },
    { role: "assistant", toolCalls: [{ name: "look" }] },
    { role: "tool", content: "21 degrees in Graz" },
  ]);
});

test("an agent with a responseFormat ends with a value that fits it: two calls of the model, tools beside the schema", async () => {
  const provider = obedientModel();
  const agent = createAgent({
    model: new ChatInhouse({ client: createClient({ provider }) }),
    tools: [look],
    responseFormat: z.object({ city: z.enum(["Graz", "Oslo"]), warm: z.boolean() }),
  });
  const { structuredResponse } = await agent.invoke({ messages: [new HumanMessage("How warm is it in Graz?")] });
  expect(structuredResponse).toEqual({ city: "Graz", warm: false });
});

test("an agent streams the model's tokens", async () => {
  const agent = createAgent({
    model: new ChatInhouse({ client: createClient({ provider: obedientModel() }) }),
    tools: [look],
  });
  const said: string[] = [];
  const stream = await agent.stream({ messages: [new HumanMessage("How warm?")] }, { streamMode: "messages" });
  for await (const [chunk] of stream) if (AIMessageChunk.isInstance(chunk) && chunk.text !== "") said.push(chunk.text);
  expect(said.length).toBeGreaterThan(2);
  expect(said.join("")).toBe("It is warm in Graz.");
});
