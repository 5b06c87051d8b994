import {
  AIMessage,
  ChatMessage,
  FunctionMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type BaseMessage,
  type ContentBlock,
} from "@langchain/core/messages";
import { describe, expect, test } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import type { Message } from "../../../src/core/message.ts";
import type { ChatRequest } from "../../../src/core/request.ts";
import { ChatInhouse } from "../../../src/integrations/langchain/index.ts";
import { blankPng } from "../../support/blank-png.ts";
import { obedientModel } from "../../support/obedient-model.ts";

/** What the provider is sent of a conversation, and what the answer warns of. */
async function sent(...messages: BaseMessage[]): Promise<{ readonly messages: readonly Message[]; warnings: unknown }> {
  const provider = obedientModel();
  const model = new ChatInhouse({ client: createClient({ provider }) });
  const { response_metadata } = await model.invoke(messages);
  return { messages: (provider.requests.at(-1) as ChatRequest).messages, warnings: response_metadata["warnings"] };
}

const png = Buffer.from(blankPng(2, 2)).toString("base64");
const picture = { type: "image", mediaType: "image/png" };

describe("a conversation", () => {
  test("has every role in its own form", async () => {
    const { messages, warnings } = await sent(
      new SystemMessage("Be short."),
      new ChatMessage("In German.", "developer"),
      new HumanMessage({ content: "How warm is it?", name: "anna" }),
      new AIMessage({
        content: [
          { type: "reasoning", reasoning: "I must look." },
          { type: "text", text: "One moment." },
        ],
        tool_calls: [{ id: "c1", name: "look", args: { city: "Graz" } }],
      }),
      new ToolMessage({ content: "21", tool_call_id: "c1" }),
      new AIMessage({ content: "21 degrees.", additional_kwargs: { reasoning_content: "It said 21." } }),
      new ChatMessage("Thanks.", "user"),
    );
    expect(messages).toEqual([
      { role: "system", content: "Be short." },
      { role: "system", content: "In German." },
      { role: "user", content: "How warm is it?", name: "anna" },
      {
        role: "assistant",
        content: "One moment.",
        reasoning: "I must look.",
        toolCalls: [{ id: "c1", name: "look", arguments: '{"city":"Graz"}' }],
      },
      { role: "tool", toolCallId: "c1", content: "21" },
      { role: "assistant", content: "21 degrees.", reasoning: "It said 21." },
      { role: "user", content: "Thanks." },
    ]);
    expect(warnings).toBeUndefined();
  });

  test("goes on with an answer of outputVersion v1", async () => {
    const answer = new AIMessage({
      contentBlocks: [
        { type: "reasoning", reasoning: "Hm." },
        { type: "text", text: "Look." },
        { type: "tool_call", id: "c1", name: "look", args: {} },
      ],
    });
    const { messages } = await sent(
      new HumanMessage("Hi"),
      answer,
      new ToolMessage({ content: "ok", tool_call_id: "c1" }),
    );
    expect(messages[1]).toMatchObject({
      content: "Look.",
      reasoning: "Hm.",
      toolCalls: [{ id: "c1", arguments: "{}" }],
    });
  });

  test("tells what of a model's message no server can be shown", async () => {
    const { messages, warnings } = await sent(
      new HumanMessage("Hi"),
      new AIMessage({
        content: [
          { type: "text", text: "Here." },
          { type: "image", data: png, mimeType: "image/png" },
        ],
        invalid_tool_calls: [{ id: "c1", name: "look", args: "{", error: "no JSON" }],
      }),
      new HumanMessage("And now?"),
    );
    expect(messages[1]).toEqual({ role: "assistant", content: "Here." });
    expect(warnings).toMatchObject([{ option: "messages" }, { option: "messages" }]);
  });
});

describe("files of the user", () => {
  test.each<[string, ContentBlock]>([
    ["standard", { type: "image", data: png, mimeType: "image/png" }],
    ["standard, as bytes", { type: "image", data: new Uint8Array(blankPng(2, 2)), mimeType: "image/png" }],
    ["standard, by a data URL", { type: "image", url: `data:image/png;base64,${png}` }],
    ["standard, as a file", { type: "file", data: png, mimeType: "image/png" }],
    ["the first standard", { type: "image", source_type: "base64", data: png, mime_type: "image/png" }],
    ["the first standard, by a data URL", { type: "image", source_type: "url", url: `data:image/png;base64,${png}` }],
    ["OpenAI", { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } }],
    ["OpenAI, in short", { type: "image_url", image_url: `data:image/png;base64,${png}` }],
    ["Anthropic", { type: "image", source: { type: "base64", media_type: "image/png", data: png } }],
  ])("a picture in the form: %s", async (_, block) => {
    const { messages } = await sent(new HumanMessage({ content: [{ type: "text", text: "What is it?" }, block] }));
    expect(messages[0]?.content).toMatchObject([{ type: "text", text: "What is it?" }, picture]);
  });

  test.each<[string, ContentBlock]>([
    ["standard", { type: "text-plain", text: "Item 1", metadata: { filename: "list.txt" } }],
    ["the first standard", { type: "file", source_type: "text", text: "Item 1", metadata: { filename: "list.txt" } }],
    ["OpenAI", { type: "file", file: { file_data: "data:text/plain;base64,SXRlbSAx", filename: "list.txt" } }],
  ])("a text in the form: %s", async (_, block) => {
    const { messages } = await sent(new HumanMessage({ content: [block] }));
    expect(JSON.stringify(messages[0]?.content)).toMatch(/list\.txt.*Item 1/);
  });

  test.each<[string, ContentBlock, string]>([
    ["of this machine", { type: "image", url: "file:///etc/passwd" }, "unsupported"],
    ["known by an id", { type: "file", fileId: "file-1" }, "unsupported"],
    ["of a type of its own", { type: "hologram", data: png }, "unsupported"],
    ["without content", { type: "image", mimeType: "image/png" }, "invalid-request"],
    ["by a URL that the client does not allow", { type: "image", url: "http://files.example/a.png" }, "policy"],
  ])("are refused where they are %s", async (_, block, code) => {
    await expect(sent(new HumanMessage({ content: [block] }))).rejects.toMatchObject({ code });
  });
});

describe("results of tools", () => {
  const call = new AIMessage({ content: "", tool_calls: [{ id: "c1", name: "look", args: {} }] });

  test("are text; their files follow in a message of the user", async () => {
    const { messages, warnings } = await sent(
      new HumanMessage("Hi"),
      call,
      new ToolMessage({
        tool_call_id: "c1",
        content: [
          { type: "text", text: "Seen." },
          { type: "image", data: png, mimeType: "image/png" },
        ],
      }),
    );
    expect(messages[2]).toMatchObject({ role: "tool", content: "Seen.\n(File 1 of this result, image/png, follows.)" });
    expect(messages[3]).toMatchObject({ role: "user", content: [picture] });
    expect(warnings).toMatchObject([{ option: "messages" }]);
  });

  test("without their call are refused", async () => {
    const lonely = sent(new HumanMessage("Hi"), new ToolMessage({ content: "21", tool_call_id: "c9" }));
    await expect(lonely).rejects.toMatchObject({ code: "invalid-request" });
  });
});

test.each<[string, BaseMessage]>([
  ["functions", new FunctionMessage({ content: "21", name: "look" })],
  ["a role of one's own", new ChatMessage("Hi", "narrator")],
  ["a picture of the system", new SystemMessage({ content: [{ type: "image", data: png }] })],
])("messages of %s are refused", async (_, message) => {
  await expect(sent(new HumanMessage("Hi"), message)).rejects.toThrow("messages[1]");
});
