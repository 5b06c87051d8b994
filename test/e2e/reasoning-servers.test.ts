import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, inject, test } from "vitest";

import { startLlamaServer } from "../../scripts/servers/index.ts";
import { createClient, type Message } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { failureOf } from "../support/loopback.ts";

/** ChatML of a model that always begins to think, unless it is told not to, as those of Qwen and DeepSeek do. */
const template = `{%- for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}
{%- if message.role == 'assistant' and message.reasoning_content %}{{ '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' }}{% endif %}
{{- message.content + '<|im_end|>\\n' }}{% endfor %}
{%- if reasoning_effort is defined %}{{ '<|im_start|>system\\nThink with effort: ' + reasoning_effort + '<|im_end|>\\n' }}{% endif %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}
{%- else %}{{ '<think>\\n' }}{% endif %}{% endif %}`;

const folder = await mkdtemp(join(tmpdir(), "inhouse-template-"));
const chatTemplateFile = join(folder, "thinking.jinja");
await writeFile(chatTemplateFile, template);
const server = await startLlamaServer({ contextLength: 1_024, chatTemplateFile });
const client = createClient({ provider: llamacpp({ baseURL: server.url }) });
afterAll(async () => {
  await client.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

describe("llama-server", () => {
  const question = { messages: "Say hello.", maxTokens: 24, temperature: 0 };

  test("its template tells what can be asked for", async () => {
    const { reasoning, reasoningSwitch, reasoningEffort, reasoningBudget } = (await client.describe()).capabilities;
    const all = [reasoning, reasoningSwitch, reasoningEffort, reasoningBudget];
    expect(all.map(({ supported }) => supported)).toEqual(["yes", "yes", "yes", "yes"]);
  });

  test("thinks, thinks not, and thinks so many tokens", async () => {
    const on = await client.chat({ ...question, reasoning: true });
    expect(on.reasoning.length).toBeGreaterThan(0);
    expect((await client.chat({ ...question, reasoning: false })).reasoning).toBe("");
    const bounded = await client.chat({ ...question, reasoning: { maxTokens: 4 } });
    expect(bounded.reasoning.length).toBeLessThan(on.reasoning.length);
    expect(bounded.text.length).toBeGreaterThan(0); // the thinking was ended, and the answer begun
  });

  test("reads the degree", async () => {
    const inputTokens = async (reasoning: true | "high") =>
      (await client.chat({ ...question, maxTokens: 1, reasoning })).usage?.inputTokens;
    expect(await inputTokens("high")).toBeGreaterThan((await inputTokens(true)) ?? 0);
  });

  test("reads the thinking of the turn that is being answered, and none of earlier turns", async () => {
    const inputTokens = async (messages: readonly Message[]) =>
      (await client.chat({ messages, maxTokens: 1 })).usage?.inputTokens ?? 0;
    const said = (reasoning?: string): Message => ({
      role: "assistant",
      content: "",
      ...(reasoning ? { reasoning } : {}),
    });
    const user: Message = { role: "user", content: "Say hello." };
    expect(await inputTokens([user, said("I think so."), user])).toBe(await inputTokens([user, said(), user]));
    expect(await inputTokens([user, said("I think so.")])).toBeGreaterThan(await inputTokens([user, said()]));
  });
});

test("Ollama thinks or not, knows no degrees by its template, and has no budget", async ({ skip }) => {
  const ollamaServer = inject("ollama");
  if ("unavailable" in ollamaServer) return skip(ollamaServer.unavailable);
  await using thinking = createClient({
    provider: ollama({ baseURL: ollamaServer.url }),
    model: "smollm2-thinking",
  });
  const question = { messages: "Say hello.", maxTokens: 12, temperature: 0 };
  expect((await thinking.chat({ ...question, reasoning: true })).reasoning.length).toBeGreaterThan(0);
  expect((await thinking.chat({ ...question, reasoning: false })).reasoning).toBe("");
  const degree = await thinking.chat({ ...question, reasoning: "high" });
  expect(degree.reasoning.length).toBeGreaterThan(0);
  expect(degree.warnings.map(({ option }) => option)).toEqual(["reasoning"]);
  expect((await failureOf(thinking.chat({ ...question, reasoning: { maxTokens: 4 } }))).code).toBe("unsupported");
  return undefined;
});
