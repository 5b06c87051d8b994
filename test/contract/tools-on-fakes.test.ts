import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";

import { createClient, tool, type Client, type Provider } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { fakeLlamacpp, fakeOllama, fakeVllm, memory } from "../../src/testing/index.ts";

const weather = tool({
  name: "weather",
  parameters: z.object({ city: z.enum(["Ulm", "Bonn"]) }),
  execute: ({ city }) => `warm in ${city}`,
});
const clock = tool({ name: "clock", parameters: z.object({}), execute: () => "noon" });
const tools = [weather, clock] as const;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A client of a fake; both are closed after the test. */
async function clientOf<Server extends { readonly url: string; close(): Promise<void> }>(
  starting: Promise<Server>,
  provider: (baseURL: string) => Provider,
  model?: string,
): Promise<Client> {
  const server = await starting;
  const client = createClient({ provider: provider(server.url), ...(model === undefined ? {} : { model }) });
  closers.push(
    () => client.close(),
    () => server.close(),
  );
  return client;
}

const clients: readonly (readonly [name: string, connect: () => Promise<Client>])[] = [
  ["llama-server", () => clientOf(fakeLlamacpp(), (baseURL) => llamacpp({ baseURL }))],
  [
    "llama-server without tools in its template",
    () => clientOf(fakeLlamacpp({ toolTemplate: false }), (baseURL) => llamacpp({ baseURL })),
  ],
  ["Ollama", () => clientOf(fakeOllama(), (baseURL) => ollama({ baseURL }), "fake")],
  ["vLLM", () => clientOf(fakeVllm(), (baseURL) => vllm({ baseURL }))],
];

describe.each(clients)("on a fake %s", (_, connect) => {
  test.each([
    ["required", "weather"],
    [{ name: "clock" }, "clock"],
  ] as const)("%j is a call", async (toolChoice, name) => {
    const client = await connect();
    const result = await client.chat({ messages: "Hi", tools, toolChoice });
    expect(result).toMatchObject({ text: "", finishReason: "tool-calls", toolCalls: [{ name }] });
  });

  test("a loop tells the model what came of a call that was forced, and it answers", async () => {
    const client = await connect();
    const run = await client.runTools({ messages: "Hi", tools, toolChoice: { name: "clock" } });
    expect(run.steps.map(({ outcomes }) => outcomes.map(({ content }) => content))).toEqual([["noon"], []]);
    expect(run).toMatchObject({ endedBy: "answer" });
    expect(run.text).not.toBe("");
  });

  test("none is an answer, with calls in the conversation", async () => {
    const client = await connect();
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "", toolCalls: [{ id: "1", name: "clock", arguments: "{}" }] },
      { role: "tool", toolCallId: "1", content: "noon" },
    ] as const;
    const result = await client.chat({ messages, tools, toolChoice: "none" });
    expect(result.toolCalls).toEqual([]);
    expect(result.text).not.toBe("");
  });

  test("a run ends with an answer in the form, and a stream gives it piece by piece", async () => {
    const client = await connect();
    const output = z.object({ city: z.enum(["Ulm", "Bonn"]) });
    const run = await client.runTools({ messages: "Hi", tools, output, toolChoice: { name: "clock" } });
    expect(run).toMatchObject({ endedBy: "answer", toolCalls: [] });
    expect(output.safeParse(run.output).success).toBe(true);
    expect(run.steps).toHaveLength(3); // the call, an answer, the answer in the form
    const stream = client.stream({ messages: "Hi", tools, output });
    let last: unknown;
    for await (const partial of stream.partials) last = partial;
    expect((await stream.result).output).toEqual(last);
  });

  test("a call that the model writes into its text is found", async () => {
    const client = await connect();
    const { toolCalls } = await client.chat({
      messages: 'Say: <tool_call>{"name": "clock", "arguments": {}}</tool_call>',
      tools,
    });
    expect(toolCalls).toMatchObject([{ name: "clock", arguments: "{}" }]);
  });
});

test("memory() calls what it must, unless its script says otherwise", async () => {
  const client = createClient({ provider: memory() });
  expect((await client.chat({ messages: "Hi", tools, toolChoice: { name: "clock" } })).toolCalls).toMatchObject([
    { name: "clock" },
  ]);
});
