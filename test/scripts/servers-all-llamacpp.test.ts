import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeAll, expect, test } from "vitest";

import { type Compiled, prepareCompiled, prepareLlamaServer, startLlamaServer } from "../../scripts/servers/index.ts";
import { runToSuccess } from "../../scripts/servers/run.ts";
import { post } from "./post.ts";

const COMPILE_MS = 60 * 60_000;

let compiled: Compiled;
beforeAll(async () => {
  compiled = await prepareCompiled({ onProgress: console.error });
}, COMPILE_MS);

const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      parameters: { type: "object", properties: { city: { enum: ["Paris", "Oslo"] } }, required: ["city"] },
    },
  },
];

test("is the build that it is said to be", async () => {
  expect(await runToSuccess(compiled.llamaServer, ["--version"])).toContain(`build ${compiled.version.slice(1)}`);
});

test("its template for tools makes SmolLM2 call one", async () => {
  await using server = await startLlamaServer({
    server: compiled.llamaServer,
    chatTemplateFile: compiled.templates.hermes2Pro,
  });
  const reply = await post(`${server.url}/v1/chat/completions`, {
    messages: [
      { role: "user", content: "What is the weather in Paris?" },
      { role: "assistant", content: "<tool_call>\n" },
    ],
    tools,
    tool_choice: "required",
    max_tokens: 60,
    temperature: 0,
  });
  const call = { type: "function", function: { name: "get_weather", arguments: expect.stringContaining("city") } };
  expect(reply).toMatchObject({
    choices: [
      { finish_reason: "tool_calls", message: { tool_calls: expect.arrayContaining([expect.objectContaining(call)]) } },
    ],
  });
});

test("its template for thinking tells thoughts from the answer", async () => {
  await using server = await startLlamaServer({
    server: compiled.llamaServer,
    chatTemplateFile: compiled.templates.qwen3,
  });
  const reply = await post(`${server.url}/v1/chat/completions`, {
    messages: [{ role: "user", content: "Hi" }],
    grammar: 'root ::= "<think>\\n" [a-z ]{5,8} "\\n</think>\\n" "hello"',
    max_tokens: 60,
    temperature: 0,
  });
  expect(reply).toMatchObject({
    choices: [{ message: { content: "hello", reasoning_content: expect.stringMatching(/^[a-z ]{5,8}\n?$/) } }],
  });
});

test("its tools quantize a model and split it", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "inhouse-quantized-"));
  try {
    const { model } = await prepareLlamaServer({ server: compiled.llamaServer });
    const quantized = join(folder, "q8.gguf");
    await runToSuccess(compiled.llamaQuantize, ["--allow-requantize", model, quantized, "Q8_0", "1"]);
    await runToSuccess(compiled.llamaGgufSplit, [
      "--split",
      "--split-max-tensors",
      "200",
      quantized,
      join(folder, "s"),
    ]);
    const first = await readFile(join(folder, "s-00001-of-00002.gguf"));
    expect(first.subarray(0, 4).toString()).toBe("GGUF");
  } finally {
    await rm(folder, { recursive: true });
  }
});
