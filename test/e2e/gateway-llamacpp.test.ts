import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { expect, inject, test as always } from "vitest";
import { z } from "zod";

import { createClient } from "../../src/index.ts";
import { gateway } from "../../src/integrations/gateway/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { askWithPython } from "../support/openai-python.ts";
import { servedGateway } from "../support/served-gateway.ts";
import { slotsFree } from "./slots-free.ts";

const server = inject("llamacpp");
const { url = "", embeddingUrl = "", model = "", apiKey = "" } = "unavailable" in server ? {} : server;
const test = "unavailable" in server ? always.skip : always;

/** A gateway before both llama-servers, with keys of its own. */
async function open() {
  const client = createClient({ provider: llamacpp({ baseURL: url, apiKey }) });
  const embedding = createClient({ provider: llamacpp({ baseURL: embeddingUrl, apiKey }) });
  const models = { small: { client, model }, vectors: { client: embedding, model } };
  const { origin } = await servedGateway(gateway(client, { keys: { team: "team-key" }, models }));
  const openai = new OpenAI({ baseURL: `${origin}/v1`, apiKey: "team-key", maxRetries: 0 });
  return {
    origin,
    openai,
    [Symbol.asyncDispose]: async () => void (await Promise.all([client.close(), embedding.close()])),
  };
}

const messages = [{ role: "user" as const, content: "Say hello." }];

test("chats, streamed or not, structured output, a forced call and vectors come from a real model", async () => {
  await using gate = await open();
  const { chat, embeddings } = gate.openai;
  const ask = { model: "small", messages, max_tokens: 12, temperature: 0, seed: 1 };
  const whole = await chat.completions.create({ ...ask, logprobs: true, top_logprobs: 2 });
  expect(whole.choices[0]?.message.content?.length).toBeGreaterThan(0);
  expect(whole.choices[0]?.logprobs?.content?.[0]?.top_logprobs).toHaveLength(2);
  expect(whole.usage?.completion_tokens).toBeLessThanOrEqual(12);
  let text = "";
  for await (const chunk of await chat.completions.create({ ...ask, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  expect(text).toBe(whole.choices[0]?.message.content);
  const form = zodResponseFormat(z.object({ kind: z.enum(["greeting", "other"]) }), "kind");
  const parsed = await chat.completions.parse({ model: "small", messages, response_format: form, max_tokens: 60 });
  expect(["greeting", "other"]).toContain(parsed.choices[0]?.message.parsed?.kind);
  const called = await chat.completions.create({
    model: "small",
    messages,
    max_tokens: 400, // several calls may come, and white space between them
    tools: [
      {
        type: "function",
        function: {
          name: "greet",
          parameters: {
            type: "object",
            properties: { loud: { type: "boolean" } },
            required: ["loud"],
            additionalProperties: false,
          },
        },
      },
    ],
    tool_choice: "required",
  });
  const [call] = called.choices[0]?.message.tool_calls ?? [];
  expect(call?.type === "function" && JSON.parse(call.function.arguments)).toEqual({ loud: expect.any(Boolean) });
  const { data } = await embeddings.create({ model: "vectors", input: ["a", "b"] });
  expect(data.map(({ embedding }) => embedding.length > 100)).toEqual([true, true]);
});

test("a caller that leaves frees the slot", async () => {
  await using gate = await open();
  const stream = await gate.openai.chat.completions.create({
    model: "small",
    messages,
    stream: true,
    max_tokens: 2_000,
    logit_bias: {},
  });
  for await (const _ of stream) break;
  await slotsFree(llamacpp({ baseURL: url, apiKey }));
});

test("OpenAI's package for Python asks a real model", { timeout: 300_000 }, async ({ skip }) => {
  await using gate = await open();
  const seen = await askWithPython([`${gate.origin}/v1`, "team-key", "small"]);
  if ("unavailable" in seen) return skip(String(seen["unavailable"]));
  const { whole, stream, parse, tools, models } = seen as Readonly<Record<string, { text?: string }>>;
  expect(stream).toEqual(whole);
  expect(whole?.text?.length).toBeGreaterThan(0);
  expect([parse, tools, models]).toEqual(["Colour", { name: "look", finish: "tool_calls" }, ["small", "vectors"]]);
});
