import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createClient } from "../../src/client/client.ts";
import { parseToolCalls } from "../../src/client/tools/parse-tool-calls.ts";
import { tool } from "../../src/client/tools/typed-tool.ts";
import type { Provider } from "../../src/core/provider.ts";
import type { ChatRequest } from "../../src/core/request.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { canned, chatRequest, opening, stubProvider, type CannedTransport } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { chatStream } from "../support/wire.ts";

const baseURL = "http://model.example";
const providers: Readonly<Record<string, (transport: CannedTransport) => Provider>> = {
  llamacpp: (transport) => llamacpp({ baseURL, transport }),
  ollama: (transport) => ollama({ baseURL, transport }),
  vllm: (transport) => vllm({ baseURL, transport }),
  own: (transport) => openaiCompatible({ baseURL, transport, name: "own" }),
};

/** What a grammar of llama-server's has no word for: it would fail the request, or be ignored in silence. */
const parameters = {
  type: "object",
  description: "Where",
  properties: { city: { type: "string", pattern: "^(?=O)\\w+$", description: "Its name" }, days: { multipleOf: 2 } },
  required: ["city"],
};
const tools = [{ name: "weather", description: "Tells", parameters }, { name: "time" }];

/** The parameters of the first tool as they are sent, and the warnings about them. */
async function sent(name: string, more: Partial<ChatRequest> = {}) {
  const reply = { message: { content: "a" }, done: true, done_reason: "stop" };
  const transport =
    name === "ollama"
      ? canned({ headers: { "content-type": "application/x-ndjson" }, body: `${JSON.stringify(reply)}\n` })
      : canned({ body: chatStream("a") });
  const make = providers[name] as (typeof providers)[string];
  const events = await opening(make(transport).send, chatRequest({ tools, ...more }));
  const list = transport.sent()["tools"] as readonly { readonly function: Readonly<Record<string, unknown>> }[];
  const warnings = events.flatMap((event) => (event.type === "warning" ? [event.warning] : []));
  return { given: list[0]?.function["parameters"], other: list[1]?.function["parameters"], warnings };
}

const lowered = {
  type: "object",
  description: "Where",
  properties: { city: { type: "string", pattern: "^[0-9A-Z_a-z]+$", description: "Its name" } },
  required: ["city"],
};

describe("the parameters of tools", () => {
  test("are lowered for llama-server, which makes one grammar of them all", async () => {
    const { given, other, warnings } = await sent("llamacpp");
    expect(given).toMatchObject(lowered);
    expect(JSON.stringify(given)).not.toContain("multipleOf");
    expect(other).toEqual({ type: "object" });
    expect(warnings.map(({ option }) => option)).toEqual(["tools", "tools"]);
    expect(warnings[0]?.message).toContain("does not hold the model to pattern at weather/properties/city");
  });

  test("are lowered for vLLM where it enforces them: by strict, or because a call is forced", async () => {
    const { given, warnings } = await sent("vllm");
    expect(given).toMatchObject(lowered);
    expect(warnings).toHaveLength(2);
    const free = { providerOptions: { vllm: { strictTools: false } } };
    expect((await sent("vllm", free)).given).toEqual(parameters);
    expect((await sent("vllm", { ...free, toolChoice: "required" })).given).toMatchObject(lowered);
    expect((await sent("vllm", { ...free, toolChoice: { name: "weather" } })).given).toMatchObject(lowered);
  });

  test.each(["ollama", "own"])("go to %s as they are: no grammar is made of them that is known of", async (name) => {
    const { given, warnings } = await sent(name);
    expect(given).toEqual(parameters);
    expect(warnings.filter(({ message }) => message.includes("hold the model"))).toEqual([]);
  });

  test("that nothing fits are refused with their place", async () => {
    const impossible = [{ name: "f", parameters: { allOf: [{ type: "object" }, { type: "string" }] } }];
    const error = await failureOf(sent("llamacpp", { tools: impossible }));
    expect(error).toMatchObject({ code: "invalid-request", message: expect.stringContaining("f.parameters") });
  });
});

test("the arguments are checked against the schema as it was given", async () => {
  const strict = tool({ name: "weather", parameters: z.object({ days: z.number().multipleOf(2) }) });
  const provider = stubProvider(async function* calling() {
    yield [
      { type: "start" },
      { type: "tool-call", choice: 0, index: 0, id: "1", name: "weather", arguments: '{"days":3}' },
      { type: "finish", finishReasons: ["tool-calls"] },
    ];
  });
  const result = await createClient({ provider }).chat({ messages: "Hi", tools: [strict] });
  const error = await failureOf(parseToolCalls(result, [strict]));
  expect(error).toMatchObject({ code: "tool", issues: [{ path: ["days"] }] });
});
