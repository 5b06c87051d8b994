import { fileURLToPath } from "node:url";

import { expect, inject, test } from "vitest";

import { prepareVllm } from "../../scripts/servers/index.ts";
import { folderOf } from "../../scripts/servers/vllm/vllm-models.ts";
import { plan, verify, type Plan, type Verification } from "../../src/deploy.ts";

const template = fileURLToPath(new URL("../../scripts/servers/vllm/hermes-tools.jinja", import.meta.url));
const failing = ({ lines }: Verification): readonly string[] =>
  lines.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);

/** The plan of the vLLM that the tests of the project share. */
async function planned(): Promise<Plan> {
  const program = await prepareVllm({ model: "chat", lora: true });
  const model = folderOf(program, "smollm2");
  // An adapter that nobody planned would be seen: it is mapped.
  const adapter = `smollm2-lora=${folderOf(program, "smollm2-lora")}`;
  const made = await plan({ model, context: 2_048, engine: "vllm", on: "cpu 16GB" });
  return {
    ...made,
    concurrent: 8,
    command: [...made.command, "--dtype", "float32", "--chat-template", template, "--lora-modules", adapter],
    environment: { HF_HUB_OFFLINE: "1", VLLM_NO_USAGE_STATS: "1" },
  };
}

async function report(changed: Partial<Plan> = {}): Promise<Verification> {
  const server = inject("vllm");
  if ("unavailable" in server) throw new Error(server.unavailable);
  const options = { apiKey: server.apiKey, longestMs: 2_000 };
  return await verify({ ...(await planned()), ...changed }, server.url, options);
}

test("a vLLM that is as planned passes", async () => {
  const found = await report();
  expect(failing(found)).toEqual([]);
  const passing = found.lines.filter(({ verdict }) => verdict === "pass").map(({ name }) => name);
  expect(passing).toEqual(
    expect.arrayContaining([
      "engine",
      "model name",
      "loaded files",
      "quantization",
      "computing type",
      "context",
      "sequences",
      "KV cache",
      "layers on GPUs",
      "chat template",
      "privacy",
      "prompt count",
      "truncation",
    ]),
  );
});

test.each<[what: string, changed: (made: Plan) => Partial<Plan>, line: string]>([
  ["another context", () => ({ contextLength: 4_096 }), "context"],
  ["another KV type", () => ({ kvType: "fp8" }), "KV cache"],
  ["another quantization", ({ model }) => ({ model: { ...model, quantization: "fp8" } }), "quantization"],
  ["other weights", ({ model }) => ({ model: { ...model, source: "/elsewhere/smollm2" } }), "loaded files"],
  ["another type to compute in", ({ command }) => ({ command: [...command, "--dtype", "bfloat16"] }), "computing type"],
  ["another template", ({ command }) => ({ command: [...command, "--chat-template", "x.jinja"] }), "chat template"],
  ["other sequences", () => ({ concurrent: 256 }), "sequences"],
])("one with %s fails that line, and no other", async (_, changed, line) => {
  expect(failing(await report(changed(await planned())))).toEqual([line]);
});
