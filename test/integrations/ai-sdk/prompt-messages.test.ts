import { expect, describe, test } from "vitest";

import { createClient, isInhouseError } from "../../../src/index.ts";
import type { SpecMessage, SpecPart, SpecWarning } from "../../../src/integrations/ai-sdk/ai-sdk-spec.ts";
import { messagesOf } from "../../../src/integrations/ai-sdk/prompt-messages.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm } from "../../../src/testing/index.ts";
import { aiSdks } from "../../support/ai-sdks.ts";
import { blankPng } from "../../support/blank-png.ts";
import { loopback } from "../../support/loopback.ts";

const bytes = new Uint8Array([1, 2, 3]);

type AnyPart = SpecPart & Record<string, unknown>;

function converted(role: string, ...content: readonly AnyPart[]) {
  const warnings: SpecWarning[] = [];
  const prompt: readonly SpecMessage[] = [{ role, content }];
  return { messages: messagesOf(prompt, warnings), warnings };
}

const files: readonly (readonly [what: string, part: AnyPart, expected: object])[] = [
  [
    "bytes (v4)",
    { type: "file", mediaType: "image/png", data: { type: "data", data: bytes } },
    { type: "image", mediaType: "image/png", data: bytes },
  ],
  [
    "bytes (v3)",
    { type: "file", mediaType: "image/png", data: bytes },
    { type: "image", mediaType: "image/png", data: bytes },
  ],
  [
    "base64 (v4)",
    { type: "file", mediaType: "audio/wav", data: { type: "data", data: "AQID" } },
    { type: "audio", mediaType: "audio/wav", data: "AQID" },
  ],
  [
    "base64 (v3)",
    { type: "file", mediaType: "audio/wav", data: "AQID" },
    { type: "audio", mediaType: "audio/wav", data: "AQID" },
  ],
  ["a picture of any kind", { type: "file", mediaType: "image/*", data: bytes }, { type: "image", data: bytes }],
  [
    "a picture by its first word",
    { type: "file", mediaType: "image", data: { type: "data", data: bytes } },
    { type: "image", data: bytes },
  ],
  [
    "a film",
    { type: "file", mediaType: "video/mp4", data: bytes },
    { type: "video", mediaType: "video/mp4", data: bytes },
  ],
  [
    "a PDF with a name",
    { type: "file", mediaType: "application/pdf", filename: "a.pdf", data: bytes },
    { type: "file", mediaType: "application/pdf", name: "a.pdf", data: bytes },
  ],
  [
    "a URL (v4)",
    { type: "file", mediaType: "image/png", data: { type: "url", url: new URL("http://10.0.0.1/a.png") } },
    { type: "image", mediaType: "image/png", url: "http://10.0.0.1/a.png" },
  ],
  [
    "a URL (v3)",
    { type: "file", mediaType: "image/png", data: new URL("http://10.0.0.1/a.png") },
    { type: "image", mediaType: "image/png", url: "http://10.0.0.1/a.png" },
  ],
  [
    "a data URL",
    { type: "file", mediaType: "image/png", data: new URL("data:image/png;base64,AQID") },
    { type: "image", mediaType: "image/png", data: "data:image/png;base64,AQID" },
  ],
  [
    "a text (v4)",
    { type: "file", mediaType: "text/plain", data: { type: "text", text: "Hi" } },
    { type: "file", mediaType: "text/plain", data: new TextEncoder().encode("Hi") },
  ],
];

test.each(files)("a file: %s", (_, part, expected) => {
  expect(converted("user", { type: "text", text: "Look:" }, part).messages).toEqual([
    { role: "user", content: [{ type: "text", text: "Look:" }, expected] },
  ]);
});

test.each([
  ["a reference", { type: "reference", reference: { openai: "file-1" } }],
  ["a file of this machine", { type: "url", url: new URL("file:///etc/passwd") }],
  ["a URL of a store", { type: "url", url: new URL("s3://bucket/a.png") }],
])("%s is refused", (_, data) => {
  expect(() => converted("user", { type: "file", mediaType: "image/png", data })).toThrow(
    expect.objectContaining({ code: "unsupported" }) as Error,
  );
});

test("what the model said, thought and called is one message; what it cannot be shown is a warning", () => {
  const { messages, warnings } = converted(
    "assistant",
    { type: "reasoning", text: "Hm. " },
    { type: "reasoning", text: "Yes." },
    { type: "text", text: "Let me " },
    { type: "text", text: "look." },
    { type: "tool-call", toolCallId: "a", toolName: "weather", input: { city: "Berlin" } },
    { type: "file", mediaType: "image/png", data: bytes },
    { type: "custom", kind: "openai.thing" },
  );
  expect(messages).toEqual([
    {
      role: "assistant",
      content: "Let me look.",
      reasoning: "Hm. Yes.",
      toolCalls: [{ id: "a", name: "weather", arguments: '{"city":"Berlin"}' }],
    },
  ]);
  expect(warnings.map((warning) => warning.feature)).toEqual([
    "file in a message of the assistant",
    "custom in a message of the assistant",
  ]);
});

test("what another provider's own tool gave stands after its call, and what was said then after that", () => {
  const { messages } = converted(
    "assistant",
    { type: "tool-call", toolCallId: "a", toolName: "search", input: {}, providerExecuted: true },
    { type: "tool-result", toolCallId: "a", toolName: "search", output: { type: "json", value: [1] } },
    { type: "text", text: "One." },
  );
  expect(messages).toEqual([
    { role: "assistant", content: "", toolCalls: [{ id: "a", name: "search", arguments: "{}" }] },
    { role: "tool", toolCallId: "a", content: "[1]" },
    { role: "assistant", content: "One." },
  ]);
});

test.each([
  [{ type: "text", value: "21" }, "21"],
  [{ type: "json", value: { degrees: 21 } }, '{"degrees":21}'],
  [{ type: "json", value: null }, "null"],
  [{ type: "error-text", value: "No such city." }, "No such city."],
  [{ type: "error-json", value: { code: 4 } }, '{"code":4}'],
  [{ type: "execution-denied", reason: "Not today." }, "Not today."],
  [{ type: "execution-denied" }, "Execution was denied."],
  [
    {
      type: "content",
      value: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
    },
    "a\nb",
  ],
])("a tool's output %j is %j", (output, content) => {
  expect(converted("tool", { type: "tool-result", toolCallId: "a", output }).messages).toEqual([
    { role: "tool", toolCallId: "a", content },
  ]);
});

test.each([
  ["v4", { type: "file", mediaType: "image/png", data: { type: "data", data: "AQID" } }],
  ["v3", { type: "file-data", mediaType: "image/png", data: "AQID" }],
  ["v3, a picture", { type: "image-data", mediaType: "image/png", data: "AQID" }],
])("files of results follow all results in a message of the user (%s)", (_, file) => {
  const { messages, warnings } = converted(
    "tool",
    {
      type: "tool-result",
      toolCallId: "a",
      output: { type: "content", value: [{ type: "text", text: "Here:" }, file] },
    },
    { type: "tool-approval-response", approvalId: "x", approved: true },
    { type: "tool-result", toolCallId: "b", output: { type: "text", value: "done" } },
  );
  expect(messages).toEqual([
    { role: "tool", toolCallId: "a", content: "Here:\n(File 1 of this result, image/png, follows.)" },
    { role: "tool", toolCallId: "b", content: "done" },
    { role: "user", content: [{ type: "image", mediaType: "image/png", data: "AQID" }] },
  ]);
  expect(warnings).toEqual([expect.objectContaining({ type: "compatibility" })]);
});

describe.each(aiSdks)("a URL in a prompt, with %s", (_, { ai, createInhouse }) => {
  test("is fetched by the client where it allows that, and by nobody else", async () => {
    const png = Buffer.from(blankPng(32, 32));
    const store = await loopback(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: ${png.length}\r\n\r\n`);
      socket.write(png);
    });
    await using server = await fakeVllm();
    const provider = vllm({ baseURL: server.url });
    const url = new URL(`${store.origin}/a.png`);
    const messages = [
      { role: "user" as const, content: [{ type: "file" as const, data: url, mediaType: "image/png" }] },
    ];
    await using careful = createClient({ provider });
    const refused: unknown = await ai
      .generateText({ model: createInhouse({ client: careful })(), messages })
      .catch((reason: unknown) => reason);
    expect(isInhouseError(refused) && refused.code).toBe("policy");
    expect(ai.APICallError.isInstance(refused)).toBe(true);
    expect(store.requests).toHaveLength(0);
    await using client = createClient({ provider, media: { urls: [store.origin] } });
    await ai.generateText({ model: createInhouse({ client })(), messages });
    expect(store.requests).toHaveLength(1);
    const asked = server.requests.find(({ path }) => path === "/v1/chat/completions");
    expect(JSON.stringify(asked?.body)).toContain("data:image/png;base64,");
  });
});
