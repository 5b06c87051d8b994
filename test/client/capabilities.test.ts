import { describe, expect, test, vi } from "vitest";

import { createClient, type ClientOptions } from "../../src/client/client.ts";
import { formatCapabilities, type CapabilityReport } from "../../src/core/capability-report.ts";
import { no, yes } from "../../src/core/capability.ts";
import type { ModelInfo } from "../../src/core/provider.ts";
import { answerOf, scripted, stubProvider } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

const untold = stubProvider(scripted([])).capabilities;
const tools = [{ name: "f" }];

/** A client of a server whose model has tools or not, and what the server was asked. */
function clientOf(supportsTools: boolean, options: Partial<ClientOptions> = {}) {
  const capability = supportsTools ? yes("the template has them") : no("the template has none");
  const info: ModelInfo = { id: "m", aliases: [], contextLength: 512, capabilities: { ...untold, tools: capability } };
  const describeModel = vi.fn(() => Promise.resolve(info));
  const provider = stubProvider(scripted(answerOf("fine")), { describe: describeModel });
  return { client: createClient({ provider, model: "m", maxRetries: 0, ...options }), asked: describeModel };
}

describe("capabilities", () => {
  test("are asked once, and again when they are refreshed", async () => {
    const { client, asked } = clientOf(true);
    const report = await client.capabilities();
    expect(report).toMatchObject({ provider: "stub", model: { id: "m", contextLength: 512 } });
    expect(Date.parse(report.learnedAt)).toBeLessThanOrEqual(Date.now());
    await client.capabilities("m");
    await client.chat({ messages: "Hi", tools });
    expect(asked).toHaveBeenCalledTimes(1);
    await client.capabilities("m", { refresh: true });
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test("that were saved are believed without asking, until they are refreshed", async () => {
    const saved = JSON.parse(JSON.stringify(await clientOf(false).client.capabilities())) as CapabilityReport;
    const { client, asked } = clientOf(true, { capabilities: [saved] });
    const call = client.chat({ messages: "Hi", tools, toolStrategy: "native" });
    expect(await failureOf(call)).toMatchObject({ code: "unsupported" });
    expect(await client.capabilities()).toEqual(saved);
    expect(asked).not.toHaveBeenCalled();
    expect((await client.capabilities("m", { refresh: true })).model.capabilities.tools.supported).toBe("yes");
    await client.chat({ messages: "Hi", tools });
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test("that an older version saved are told by the server where they are missing", async () => {
    const saved = await clientOf(true).client.capabilities();
    const { tools: _, ...older } = saved.model.capabilities;
    const report = { ...saved, model: { ...saved.model, capabilities: older as typeof saved.model.capabilities } };
    const { client } = clientOf(true, { capabilities: [report] });
    expect((await client.chat({ messages: "Hi", tools })).text).toBe("fine");
  });

  test.each([
    [{}],
    ["a report"],
    [[{}]],
    [[null]],
    [[{ model: { id: 1, capabilities: {} } }]],
    [[{ model: { id: "m" } }]],
  ])("that are none, %j, are refused when the client is made", (capabilities) => {
    expect(() => clientOf(true, { capabilities: capabilities as never })).toThrow("capabilities");
  });

  test("print as a table with the evidence", async () => {
    const text = formatCapabilities(await clientOf(false).client.capabilities());
    expect(text).toMatch(/^m \(stub, .*\): context 512$/m);
    expect(text).toMatch(/^tools +no +the template has none$/m);
  });

  test("print without what a server hid in its words", () => {
    const capability = { supported: "yes", evidence: "the template\u001B[2J\nsays so" } as const;
    const model = { id: "m\u202E", aliases: [], capabilities: { chat: capability } } as never;
    const text = formatCapabilities({ provider: "stub", model, learnedAt: "2026-11-26" });
    expect(text).toBe("m (stub, 2026-11-26): context unknown\nchat  yes      the template [2J says so");
  });

  test("an unknown option is refused", async () => {
    const wrong = { again: true } as object;
    expect(await failureOf(clientOf(true).client.capabilities("m", wrong))).toMatchObject({ code: "invalid-request" });
  });
});
