import { expect, onTestFinished, test } from "vitest";

import { createClient, type Client } from "../../src/client/client.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { countCalls, type CallCounts } from "../support/call-counter.ts";
import { loopback } from "../support/loopback.ts";
import { chatReply, chatStream, reply } from "../support/wire.ts";

/** What a call makes the sources do when its connection stands, its code is loaded and its reply is read at once. */
async function costOf(
  type: string,
  body: string,
  call: (client: Client) => Promise<string>,
  text: string,
): Promise<CallCounts> {
  const server = await loopback(({ socket }) => socket.write(reply(body, 200, { "content-type": type })));
  const client = createClient({ provider: openaiCompatible({ baseURL: `${server.origin}/v1` }), model: "m" });
  onTestFinished(() => client.close());
  expect(await call(client)).toBe(text);
  let again = "";
  const counts = await countCalls(async () => {
    again = await call(client);
  });
  expect(again).toBe(text);
  expect(server.connections()).toBe(1);
  return counts;
}

async function stream(client: Client): Promise<string> {
  let text = "";
  for await (const event of client.stream({ messages: "Hello" })) if (event.type === "text-delta") text += event.text;
  return text;
}

const streamCost = (tokens: number): Promise<CallCounts> =>
  costOf("text/event-stream", chatStream(...Array<string>(tokens).fill("a")), stream, "a".repeat(tokens));

// What is counted here is dear when every call does it: see docs/decisions/0009-cheap-calls.md. A number that grows needs a
// reason; one that falls is to be lowered here.
test("a streamed call sets these timers and listeners, and makes these copies, and no others", async () => {
  expect(await streamCost(100)).toEqual({
    "client/patience/silence.ts setTimeout": 1,
    "http/endpoint.ts stringify": 1,
    "http/json.ts parse": 101,
    "http/utf8.ts toString": 1,
  });
});

test("a whole answer sets these timers and listeners, and makes these copies, and no others", async () => {
  const call = async (client: Client): Promise<string> => (await client.chat({ messages: "Hello" })).text;
  expect(await costOf("application/json", chatReply("Hi"), call, "Hi")).toEqual({
    "client/patience/silence.ts setTimeout": 1,
    "http/endpoint.ts stringify": 1,
    "http/json.ts parse": 1,
    "http/utf8.ts toString": 1,
  });
});

test("a token costs a JSON.parse, and neither a timer, a listener nor a copy", async () => {
  const few = await streamCost(20);
  const parsed = few["http/json.ts parse"] ?? 0;
  expect(parsed).toBeGreaterThan(20);
  expect(await streamCost(220)).toEqual({ ...few, "http/json.ts parse": parsed + 200 });
});
