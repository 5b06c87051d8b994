import { expect, test } from "vitest";

import { plan, target, type Plan, type PlanSpec, type TargetPlanOptions } from "../../../src/deploy.ts";

const script = (made: Plan, options: TargetPlanOptions = {}): string =>
  target(made, "shell", options).find(({ path }) => path === "serve.sh")?.text ?? "";
const scriptOf = async (spec: PlanSpec): Promise<string> => script(await plan(spec));

test("the download is a step of its own, and what serves is offline", async () => {
  const text = await scriptOf({ model: "ministral-8b", on: "1x L40S" });
  const [prepare = "", serve = ""] = text.split("serve)\n").slice(-2);
  expect(prepare).toContain("hf download mistralai/Ministral-3-8B-Instruct-2512\n");
  expect(prepare).not.toContain("HF_HUB_OFFLINE");
  expect(serve).toMatch(/HF_HUB_OFFLINE=1[^]*exec vllm serve mistralai/);
});

test("what is made by hand is said, and not skipped in silence", async () => {
  const text = await scriptOf({ model: "mixtral-8x22b", on: "2x H100", quantization: "4-bit" });
  expect(text).toContain("fail 'By hand: with llm-compressor: mistralai/Mixtral-8x22B-Instruct-v0.1 to W4A16");
  expect(text).toContain("[ -e ./mixtral-8x22b-w4a16 ] ||");
});

test("what comes once the server runs is a step too", async () => {
  const text = await scriptOf({ model: "ministral-8b", on: "1x L4", engine: "ollama", port: 12_000 });
  expect(text).toMatch(/finish\)[^]*OLLAMA_HOST=127\.0\.0\.1:12000[^]*ollama pull hf\.co\/mistralai/);
});

test("a repository's name is one word, whatever is in it", async () => {
  const made = await plan({ model: "ministral-8b", on: "1x L40S" });
  const source = "a/b; touch 'x'";
  expect(script({ ...made, model: { ...made.model, source } })).toContain("hf download 'a/b; touch '\\''x'\\'''\n");
});
