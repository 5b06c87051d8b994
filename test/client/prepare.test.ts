import { describe, expect, test, vi } from "vitest";

import { createClient } from "../../src/client/client.ts";
import { no, yes } from "../../src/core/capability.ts";
import { InhouseError } from "../../src/core/error.ts";
import type { ModelInfo, Provider } from "../../src/core/provider.ts";
import { answerOf, scripted, stubProvider } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const template = stubProvider(scripted([]));
const model = (id: string, more: Partial<ModelInfo> = {}): ModelInfo => ({
  id,
  aliases: [],
  capabilities: template.capabilities,
  ...more,
});

/** A client of a provider with these models, and what was sent and asked. */
function clientOf(more: Partial<Provider>, list: readonly ModelInfo[] = [model("m")]) {
  const send = vi.fn(scripted(answerOf("fine")));
  const models = vi.fn(() => Promise.resolve(list));
  const client = createClient({ provider: stubProvider(send, { models, ...more }), maxRetries: 0 });
  return { client, send, models, sent: () => send.mock.calls.map(([request]) => request) };
}

describe("the model's name", () => {
  test("is compared where the server would take any, by id and by alias, and asked for once", async () => {
    const { client, models } = clientOf({}, [model("m", { aliases: ["alias"] })]);
    for (const name of ["m", "alias", "m"]) await client.chat({ messages: "Hi", model: name });
    expect(models).toHaveBeenCalledTimes(1);
  });

  test("that the server does not have is not-found, with the names there are, and nothing is sent", async () => {
    const { client, send, models } = clientOf({});
    const error = await failureOf(client.chat({ messages: "Hi", model: "other" }));
    expect(error).toMatchObject({ code: "not-found", hint: "Models: m.", model: "other" });
    expect(send).not.toHaveBeenCalled();
    expect(models).toHaveBeenCalledTimes(2); // asked again, since it may have been loaded meanwhile
  });

  test("is the only one's, where the server wants a name and the caller gives none", async () => {
    const { client, sent } = clientOf({ ignoresModelName: false }, [model("only")]);
    await client.chat({ messages: "Hi" });
    expect(sent()).toMatchObject([{ model: "only" }]);
  });

  test("must be given where the server wants one and has several", async () => {
    const { client, send } = clientOf({ ignoresModelName: false }, [model("a"), model("b")]);
    const error = await failureOf(client.chat({ messages: "Hi" }));
    expect(error).toMatchObject({ code: "invalid-request", hint: "Models: a, b." });
    expect(send).not.toHaveBeenCalled();
  });

  test.each(["not-found", "unsupported", "protocol", "forbidden"] as const)(
    "is left out where the list of models is %s",
    async (code) => {
      const models = () => Promise.reject(new InhouseError(code, "no list"));
      const { client, sent } = clientOf({ ignoresModelName: false, models });
      await client.chat({ messages: "Hi" });
      expect(sent()[0]).not.toHaveProperty("model");
    },
  );

  test("a server that cannot be asked fails the call as it fails", async () => {
    const models = () => Promise.reject(new InhouseError("connect", "refused"));
    const { client } = clientOf({ ignoresModelName: false, models });
    expect((await failureOf(client.chat({ messages: "Hi" }))).code).toBe("connect");
  });
});

describe("capabilities", () => {
  const without = (name: keyof Provider["capabilities"]): Provider["capabilities"] => ({
    ...template.capabilities,
    [name]: no("the test says so", "Start it otherwise."),
  });

  test("what the provider cannot do at all is unsupported, with evidence and hint, and nothing is sent", async () => {
    const { client, send } = clientOf({ capabilities: without("rerank") });
    const error = await failureOf(client.rerank({ query: "q", documents: ["a"] }));
    expect(error).toMatchObject({ code: "unsupported", hint: "Start it otherwise." });
    expect(error.message).toContain("(rerank): the test says so");
    expect(send).not.toHaveBeenCalled();
  });

  test("the server's own tools, pictures and infill are looked up for the model, and refused where it has none", async () => {
    const described = vi.fn(() =>
      Promise.resolve(
        model("m", { capabilities: { ...without("tools"), image: no("no eyes"), infill: no("no gap") } }),
      ),
    );
    const { client, send } = clientOf({ describe: described });
    const image = { type: "image", mediaType: "image/png", data: "AA==" } as const;
    const calls = [
      () => client.chat({ messages: "Hi", tools: [{ name: "f" }], toolStrategy: "native" }),
      () => client.chat({ messages: [{ role: "user", content: [image] }] }),
      () => client.complete({ prompt: "a", suffix: "b" }),
    ];
    for (const call of calls) expect((await failureOf(call())).code).toBe("unsupported");
    expect(send).not.toHaveBeenCalled();
    expect(described).toHaveBeenCalledTimes(1);
    await client.chat({ messages: "Hi" });
    await client.complete({ prompt: "a" });
    expect(send).toHaveBeenCalledTimes(2);
  });

  test("thinking is asked for only where the model thinks, and switched off where it can be", async () => {
    const clientWith = (capabilities: Provider["capabilities"]) =>
      clientOf({ describe: () => Promise.resolve(model("m", { capabilities })) }).client;
    const silent = clientWith({ ...without("reasoning"), reasoningSwitch: no("no switch") });
    expect((await failureOf(silent.chat({ messages: "Hi", reasoning: "low" }))).code).toBe("unsupported");
    await silent.chat({ messages: "Hi", reasoning: false }); // it never does
    const compulsive = clientWith({ ...without("reasoningSwitch"), reasoning: yes("it does") });
    await compulsive.chat({ messages: "Hi", reasoning: true });
    expect((await failureOf(compulsive.chat({ messages: "Hi", reasoning: false }))).code).toBe("unsupported");
  });

  test("a form of the answer that the server would not enforce is refused", async () => {
    const { client, send } = clientOf({ capabilities: without("structuredOutput") });
    const error = await failureOf(client.chat({ messages: "Hi", responseFormat: { type: "json" } }));
    expect(error.code).toBe("unsupported");
    expect(send).not.toHaveBeenCalled();
  });

  test("what nobody knows is left to the server", async () => {
    const { client, send } = clientOf({});
    await client.chat({ messages: "Hi", tools: [{ name: "f" }] });
    expect(send).toHaveBeenCalledTimes(1);
  });
});

describe("a forced tool call", () => {
  const call = [{ type: "tool-call", choice: 0, index: 0, id: "1", name: "f", arguments: "{}" }] as const;
  const input = { messages: "Hi", tools: [{ name: "f" }] };
  const able = { capabilities: { ...template.capabilities, tools: yes("the test says so") } };

  test.each(["required", { name: "f" }] as const)(
    "%j that the model answers with prose is an error",
    async (toolChoice) => {
      const { client } = clientOf(able);
      const error = await failureOf(client.chat({ ...input, toolChoice }));
      expect(error).toMatchObject({ code: "tool", partial: { text: "fine" } });
    },
  );

  test("that is made passes", async () => {
    const [start = [], finish = []] = [answerOf()[0], answerOf().at(-1)];
    const { client } = clientOf({ ...able, send: scripted([start, call, finish]) });
    expect((await client.chat({ ...input, toolChoice: "required" })).toolCalls).toHaveLength(1);
  });
});

test("providerOptions under no name of this provider's are warned of", async () => {
  const { client } = clientOf({});
  const result = await client.chat({ messages: "Hi", providerOptions: { lamacpp: { slotId: 1 } } });
  expect(result.warnings).toMatchObject([{ option: "providerOptions.lamacpp" }]);
  expect((await client.chat({ messages: "Hi", providerOptions: { stub: {}, llamacpp: {} } })).warnings).toEqual([]);
});
