import { describe, expect, test } from "vitest";

import { normalizeMessages } from "../../src/client/normalize-messages.ts";
import { thrownBy } from "../support/loopback.ts";

describe("accepted", () => {
  test("a string is one message of the user", () => {
    expect(normalizeMessages("Hi")).toEqual([{ role: "user", content: "Hi" }]);
  });

  test("our own form stays as it is", () => {
    const messages = [
      { role: "system", content: "Be brief.", name: "app" },
      { role: "user", content: [{ type: "image", mediaType: "image/png", data: "AA==" }] },
      { role: "assistant", content: "", reasoning: "hm", toolCalls: [{ id: "1", name: "f", arguments: "{}" }] },
      { role: "tool", toolCallId: "1", content: "done" },
    ];
    expect(normalizeMessages(messages)).toEqual(messages);
  });

  test("OpenAI's form becomes ours", () => {
    expect(
      normalizeMessages([
        {
          role: "developer",
          content: [
            { type: "text", text: "Be " },
            { type: "text", text: "brief." },
          ],
        },
        {
          role: "user",
          content: [{ type: "text", text: "What is this?" }],
        },
        {
          role: "assistant",
          content: null,
          reasoning_content: "hm",
          tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }],
          refusal: null,
          annotations: [],
        },
        { role: "tool", tool_call_id: "1", content: "done" },
      ]),
    ).toEqual([
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [{ type: "text", text: "What is this?" }],
      },
      { role: "assistant", content: "", reasoning: "hm", toolCalls: [{ id: "1", name: "f", arguments: "{}" }] },
      { role: "tool", toolCallId: "1", content: "done" },
    ]);
  });
});

describe("refused, with the place", () => {
  test.each<[string, unknown, string]>([
    ["a list", [[]], "messages[0]: expected an object, got an array"],
    ["null", [null], "messages[0]: expected an object, got null"],
    ["no role", [{ content: "Hi" }], "messages[0].role: expected system, user, assistant or tool, got a undefined"],
    [
      "a role of its own",
      [{ role: "wizard", content: "Hi" }],
      'messages[0].role: expected system, user, assistant or tool, got "wizard"',
    ],
    ["no content", [{ role: "user" }], "messages[0].content: expected text, got a undefined"],
    ["a number", [{ role: "user", content: 7 }], "messages[0].content: expected text, got a number"],
    ["no parts", [{ role: "user", content: [] }], "messages[0].content: the list of parts is empty"],
    ["an assistant who says nothing and calls nothing", [{ role: "assistant" }], "messages[0].content: expected text"],
    [
      "a picture of the system's",
      [{ role: "system", content: [{ type: "image" }] }],
      "messages[0].content[0]: only text is possible here",
    ],
    ["a result without a call", [{ role: "tool", content: "x" }], "messages[0].toolCallId: expected text"],
    [
      "a result of a call that nobody made",
      [
        { role: "assistant", tool_calls: [{ id: "1", function: { name: "f", arguments: "{}" } }] },
        { role: "tool", tool_call_id: "2", content: "x" },
      ],
      'messages[1].toolCallId: no call "2" came before',
    ],
    [
      "a result before its call",
      [
        { role: "tool", toolCallId: "1", content: "x" },
        { role: "assistant", toolCalls: [{ id: "1", name: "f", arguments: "{}" }] },
      ],
      "messages[0].toolCallId: no call",
    ],
    ["an unknown key", [{ role: "user", content: "Hi", cache: true }], 'messages[0]: unknown key "cache"'],
    [
      "a call without a name",
      [{ role: "assistant", tool_calls: [{ id: "1", function: {} }] }],
      "messages[0].toolCalls[0].name: expected text",
    ],
    ["the second of two", [{ role: "user", content: "Hi" }, { role: "user" }], "messages[1].content"],
  ])("%s", (_, messages, words) => {
    const error = thrownBy(() => normalizeMessages(messages));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain(words);
  });
});
