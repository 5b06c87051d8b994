import { describe, expect, test } from "vitest";

import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { canned, eventsOf, json } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const list = json([
  { id: 0, path: "/adapters/support.gguf", scale: 1, task_name: "", prompt_prefix: "" },
  { id: 1, path: "/adapters/legal.gguf", scale: 0, task_name: "", prompt_prefix: "" },
  { id: 2, path: "/other/legal.gguf", scale: 0, task_name: "", prompt_prefix: "" },
]);
const done = json({ success: true });

describe("adapters", () => {
  test("are listed by name, path and scale", async () => {
    const [first] = await llamacpp({ transport: canned(list) }).adapters.list();
    expect(first).toEqual({ id: 0, name: "support", path: "/adapters/support.gguf", scale: 1 });
  });

  test("one is switched on or off, and the others stay as they are", async () => {
    const transport = canned(list, done, list, done);
    const { adapters } = llamacpp({ transport });
    await adapters.load({ name: "/other/legal.gguf", scale: 0.5 });
    expect(transport.sent(2)).toEqual([
      { id: 0, scale: 1 },
      { id: 1, scale: 0 },
      { id: 2, scale: 0.5 },
    ]);
    await adapters.unload("support");
    expect(transport.sent(4)).toEqual([
      { id: 0, scale: 0 },
      { id: 1, scale: 0 },
      { id: 2, scale: 0 },
    ]);
  });

  test("one that the server was started without is not loaded", async () => {
    const { adapters } = llamacpp({ transport: canned(list) });
    const failure = await failureOf(adapters.load({ name: "medical" }));
    expect([failure.code, failure.hint]).toEqual(["unsupported", expect.stringContaining("--lora FILE.gguf")]);
    expect((await failureOf(adapters.unload("medical"))).code).toBe("not-found");
    expect((await failureOf(adapters.load({ name: "legal" }))).hint).toContain("/other/legal.gguf");
    expect((await failureOf(adapters.load({ name: "support", scale: Number.NaN }))).code).toBe("invalid-request");
    expect((await failureOf(adapters.load({ nam: "support" } as never))).hint).toContain("name");
  });
});

describe("of one request", () => {
  const asked = async (lora: unknown) => {
    const transport = canned(list, { body: "data: [DONE]\n\n" });
    const { send } = llamacpp({ transport });
    const request = { kind: "completion", model: "m", prompt: "Hello", sampling: {}, stream: false } as const;
    const failure = await failureOf(eventsOf(send, { ...request, providerOptions: { llamacpp: { lora } } }));
    return { failure, transport };
  };

  test("they are chosen by name or id, and count fully where no scale is said", async () => {
    const { transport } = await asked([{ name: "support" }, { id: 2, scale: 0.25 }]);
    expect(transport.sent(2)).toMatchObject({
      lora: [
        { id: 0, scale: 1 },
        { id: 2, scale: 0.25 },
      ],
    });
  });

  test.each([
    [[{ id: 7 }], "unsupported"],
    [[{ name: "medical" }], "unsupported"],
    [[{ id: 0, scale: "much" }], "invalid-request"],
    [[{ id: 0, name: "support" }], "invalid-request"],
    [[{ adapter: 0 }], "invalid-request"],
    [{ id: 0 }, "invalid-request"],
  ])("%j is refused: %s", async (lora, code) => {
    const { failure, transport } = await asked(lora);
    expect(failure.code).toBe(code);
    expect(transport.requests.filter(({ path }) => path === "/completion")).toEqual([]);
  });
});
