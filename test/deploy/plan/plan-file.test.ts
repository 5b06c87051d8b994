import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { checkedPlan, plan, readPlan } from "../../../src/deploy.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const made = await plan({ model: "ministral-8b", on: "1x L40S" });

test("a plan that was written as JSON is the same when it is read", async () => {
  const folder = writtenFolder({ "plan.json": made });
  expect(await readPlan(join(folder, "plan.json"))).toEqual(JSON.parse(JSON.stringify(made)));
});

describe("a plan that is none is refused, by the place", () => {
  test.each<[change: object, message: RegExp]>([
    [{ engine: undefined }, /engine should be the name of an engine, and is missing/],
    [{ command: "vllm serve" }, /command should be a list of words, and is "vllm serve"/],
    [{ command: ["vllm", 8000] }, /command should be a list of words/],
    [{ contextLength: "32k" }, /contextLength should be a count of tokens, and is "32k"/],
    [{ model: { ...made.model, format: "onnx" } }, /model\.format should be "gguf" or "safetensors", and is "onnx"/],
    [{ model: undefined }, /model\.name should be a name, and is missing/],
    [{ layout: { ...made.layout, machines: 0 } }, /layout\.machines/],
    [{ environment: { A: 1 } }, /environment should be variables with texts/],
    [{ files: [{ path: "a", sizeBytes: 1, sha256: "abc" }] }, /files should be a list of files/],
  ])("%j", (change, message) => {
    expect(() => checkedPlan({ ...made, ...change })).toThrow(
      expect.objectContaining({ code: "invalid-request", message: expect.stringMatching(message) }),
    );
  });

  test.each([["{"], ["[]"], ["null"], [""]])("the file %j", async (text) => {
    const folder = writtenFolder({ "plan.json": text });
    await expect(readPlan(join(folder, "plan.json"))).rejects.toMatchObject({
      code: "invalid-request",
      message: expect.stringMatching(/plan\.json is no plan: it is not a JSON object/),
      hint: expect.stringContaining("inhouse plan MODEL --json"),
    });
  });

  test("a file that is not there", async () => {
    await expect(readPlan("/no/plan.json")).rejects.toMatchObject({ code: "not-found" });
  });
});
