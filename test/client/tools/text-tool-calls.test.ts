import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { textToolCalls } from "../../../src/client/tools/text-tool-calls.ts";
import { InhouseError } from "../../../src/core/error.ts";
import type { Batch, ModelEvent } from "../../../src/core/event.ts";
import { createClient } from "../../../src/index.ts";
import { llamacpp } from "../../../src/providers/llamacpp/index.ts";
import { canned, json, type CannedReply, scripted, stubClient } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";
import { delta, event } from "../../support/wire.ts";

const tools = [{ name: "f" }, { name: "g" }];
const call = '<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>';
const f = { name: "f", arguments: '{"a": 1}' };
const text = (value: string): ModelEvent => ({ type: "text-delta", choice: 0, text: value });
const start: ModelEvent = { type: "start" };
const finish: ModelEvent = { type: "finish", finishReasons: ["stop"] };
const native = (index: number, name = "g"): ModelEvent => ({
  type: "tool-call",
  choice: 0,
  index,
  id: `n${index}`,
  name,
  arguments: "{}",
});

const chatWith = (batches: readonly (Batch | Error)[]) =>
  stubClient(scripted(batches), { maxRetries: 0 }).chat({ messages: "Hi", tools });

describe("a call in the text", () => {
  test("becomes one, is counted, and a warning says so; the text around it stays", async () => {
    const result = await chatWith([
      [start],
      [text(`So. ${call.slice(0, 20)}`)],
      [text(`${call.slice(20)} Done.`)],
      [finish],
    ]);
    expect(result).toMatchObject({
      text: "So.  Done.",
      toolCalls: [f],
      recoveredToolCalls: 1,
      finishReason: "tool-calls",
    });
    expect(result.warnings).toEqual([{ option: "tools", message: expect.stringContaining("came as text") }]);
    expect(result.message.toolCalls).toHaveLength(1);
  });

  test("has an id and a place of its own beside the server's calls", async () => {
    const { toolCalls, recoveredToolCalls } = await chatWith([[start, native(0)], [text(call)], [native(1), finish]]);
    expect(toolCalls.map(({ name }) => name)).toEqual(["g", "f", "g"]);
    expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(3);
    expect(recoveredToolCalls).toBe(1);
    const events: ModelEvent[] = [];
    const replies = scripted([[start], [text(call)], [native(0)], [native(1)], [finish]])({} as never, {} as never);
    for await (const batch of textToolCalls(replies, ["f", "g"], false)) events.push(...batch);
    const places = events.map((entry) => (entry.type === "tool-call" ? entry.index : -1)).filter((place) => place >= 0);
    expect(places).toEqual([0, 1, 2]);
  });

  test("in the thinking is none", async () => {
    const thought: ModelEvent = { type: "reasoning-delta", choice: 0, text: call };
    expect(await chatWith([[start, thought, text("Hi"), finish]])).toMatchObject({ toolCalls: [], reasoning: call });
  });

  test("is not looked for where no tools are offered", async () => {
    const { client } = { client: stubClient(scripted([[start, text(call), finish]])) };
    expect(await client.chat({ messages: "Hi" })).toMatchObject({ text: call, toolCalls: [], recoveredToolCalls: 0 });
    expect(await client.chat({ messages: "Hi", tools, toolChoice: "none" })).toMatchObject({
      text: call,
      toolCalls: [],
    });
  });

  test("fits each of the answers it stands in", async () => {
    const other: ModelEvent = { type: "text-delta", choice: 1, text: "Hi" };
    const { choices } = await chatWith([
      [start, text(call.slice(0, 9)), other, text(call.slice(9))],
      [{ ...finish, finishReasons: ["stop", "stop"] }],
    ]);
    expect(choices).toMatchObject([
      { toolCalls: [f], finishReason: "tool-calls", recoveredToolCalls: 1 },
      { text: "Hi", toolCalls: [], finishReason: "stop", recoveredToolCalls: 0 },
    ]);
  });
});

test("the server's own calls, and text without a marker, pass as they are", () => {
  const plain = fc.string().map((value) => text(value.replaceAll(/[<[`{]/g, "") || "x"));
  const calls = fc.record({
    type: fc.constant("tool-call" as const),
    choice: fc.nat(1),
    index: fc.nat(5),
    id: fc.string(),
    name: fc.string(),
    arguments: fc.string(),
  });
  const pieces = calls.map((each) => ({ ...each, type: "tool-call-delta" as const }));
  const batches = fc.array(fc.array(fc.oneof(plain, calls, pieces), { minLength: 1 }));
  return fc.assert(
    fc.asyncProperty(batches, async (list) => {
      const reply = [[start], ...list, [{ type: "finish", finishReasons: ["stop", "stop"] } as const]];
      const read: Batch[] = [];
      for await (const batch of textToolCalls(scripted(reply)({} as never, {} as never), ["f", "g"], false))
        read.push(batch);
      expect(read).toEqual(reply);
    }),
  );
});

describe("an error", () => {
  const reported = (message: string) => json({ error: { code: 500, message, type: "server_error" } }, 500);
  const props = json({ chat_template_caps: { supports_tools: true }, modalities: {} });
  const clientOf = (...replies: readonly CannedReply[]) =>
    createClient({
      provider: llamacpp({ transport: canned(json({ data: [{ id: "m" }] }), props, ...replies) }),
      maxRetries: 0,
    });

  test("of llama-server that holds a whole call is the call (as older builds are said to write)", async () => {
    const client = clientOf(reported(`Failed to parse input at pos 0: Well. ${call}`));
    const result = await client.chat({ messages: "Hi", tools });
    expect(result).toMatchObject({ text: "Well. ", toolCalls: [f], recoveredToolCalls: 1, finishReason: "tool-calls" });
  });

  test("in mid-stream is the call too, and what was said before is not repeated", async () => {
    const message = `Failed to parse input at pos 5: ${call}`;
    const body = [event(delta("Well. ")), event({ error: { code: 500, message, type: "server_error" } })];
    expect(await clientOf({ body }).chat({ messages: "Hi", tools })).toMatchObject({ text: "Well. ", toolCalls: [f] });
  });

  test("that holds part of a call, or none, stays an error with what the model wrote", async () => {
    const written = call.slice(0, 30);
    const error = await failureOf(
      clientOf(reported(`Failed to parse input at pos 0: ${written}`)).chat({ messages: "Hi", tools }),
    );
    expect(error).toMatchObject({ code: "server", retryable: true, partial: { text: written } });
    const mute = "The model produced output that does not match the expected peg-native format";
    expect((await failureOf(clientOf(reported(mute)).chat({ messages: "Hi", tools }))).code).toBe("server");
  });

  test("while text is held back has it: delivered where text came before, else on the error alone", async () => {
    const failure = new InhouseError("reset", "gone");
    const before = await failureOf(chatWith([[start, text("<tool_ca")], failure]));
    expect(before).toMatchObject({ code: "reset", retryable: true, partial: { text: "<tool_ca" } });
    const after = await failureOf(chatWith([[start, text("Well. <tool_ca")], failure]));
    expect(after).toMatchObject({ code: "reset", retryable: false, partial: { text: "Well. <tool_ca" } });
    const both: ModelEvent[] = [text("Well."), { type: "text-delta", choice: 1, text: "<tool_ca" }];
    const stream = stubClient(scripted([[start], both, failure]), { maxRetries: 0 }).stream({ messages: "Hi", tools });
    const texts: string[] = [];
    const reading = (async () => {
      for await (const each of stream) if (each.type === "text-delta") texts.push(`${each.choice}${each.text}`);
    })();
    expect((await failureOf(reading)).code).toBe("reset");
    expect(texts).toEqual(["0Well.", "1<tool_ca"]);
  });
});

test("leaving the loop while a call is held back ends the server's reply", async () => {
  let left = false;
  async function* send(): AsyncGenerator<Batch> {
    try {
      yield [start, text("Well. ")];
      for (;;) yield [text("<tool_call>")];
    } finally {
      left = true;
    }
  }
  for await (const piece of stubClient(send).stream({ messages: "Hi", tools }).text) {
    expect(piece).toBe("Well. ");
    break;
  }
  expect(left).toBe(true);
});
