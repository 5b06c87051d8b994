import { afterEach, describe, expect, onTestFinished, test } from "vitest";

import { createClient, type Client } from "../../src/client/client.ts";
import type { RunToolsInput } from "../../src/client/tools/tool-run.ts";
import { tool } from "../../src/client/tools/typed-tool.ts";
import { failureOf, type Loopback } from "../support/loopback.ts";
import { dialects, isGeneration, modelServer, type ServerDialect, type WrittenCall } from "./dialects.ts";
import { deep } from "./fault.ts";

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
afterEach(() => expect(unhandled).toEqual([]));

/** A tool that remembers with which arguments it was executed. */
function weather(more: { readonly execute?: () => unknown; readonly timeoutMs?: number } = {}) {
  const executed: unknown[] = [];
  const made = tool({
    name: "weather",
    description: "Tells the weather.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    ...(more.timeoutMs === undefined ? {} : { timeoutMs: more.timeoutMs }),
    execute: (args: unknown) => {
      executed.push(args);
      return more.execute?.() ?? "rain";
    },
  });
  return { made, executed };
}

interface Run {
  readonly client: Client;
  readonly server: Loopback;
  readonly input: RunToolsInput;
  readonly executed: readonly unknown[];
}

/** A model that calls these tools in its first answer, and says "so" from then on. */
async function running(
  dialect: ServerDialect,
  calls: readonly WrittenCall[],
  more: Parameters<typeof weather>[0] = {},
): Promise<Run> {
  const server = await modelServer(({ socket, turn }) =>
    socket.write(dialect.whole(turn === 1 ? dialect.called(...calls) : dialect.said("so"), dialect.done())),
  );
  const client = createClient({ provider: dialect.connect({ baseURL: server.origin }), maxRetries: 0 });
  onTestFinished(() => client.close());
  const { made, executed } = weather(more);
  return { client, server, executed, input: { messages: "Hi", model: "m", tools: [made] } };
}

/** Streamed, as every one of the servers here writes. */
const run = (client: Client, input: RunToolsInput) => client.streamTools(input).result;
const asked = ({ requests }: Loopback) => requests.filter(isGeneration);
/** What the model was told in the last request, as far as it is text. */
const told = (server: Loopback): string => asked(server).at(-1)?.body ?? "";
const ulm = { name: "weather", arguments: '{"city":"Ulm"}', id: "c1" };

describe.each(Object.entries(dialects))("%s", (name, dialect) => {
  const textual = name !== "ollama"; // which has arguments as an object, so that they are always JSON

  test("row 80, a tool that there is not: never run, and the model is told once", async () => {
    const { client, server, input, executed } = await running(dialect, [{ ...ulm, name: "nothing" }]);
    const { text, steps, endedBy } = await run(client, input);
    expect([text, endedBy, executed]).toEqual(["so", "answer", []]);
    expect(steps[0]?.outcomes[0]?.error).toMatchObject({ code: "tool" });
    expect(told(server).split("There is no tool")).toHaveLength(2);
    expect(asked(server)).toHaveLength(2);
  });

  const misfits: readonly (readonly [what: string, text: string, possible: boolean])[] = [
    ["against the schema", '{"city":7}', true],
    ["no object", "[1,2]", textual],
    ["no JSON", "{'city': 'Ulm'}", textual],
    ["cut", '{"city":"Ul', textual],
    ["NaN", '{"city":NaN}', textual],
    ["nested 200,000 deep", `{"city":${deep}}`, textual],
  ];
  test.each(misfits.filter(([, , possible]) => possible))(
    "row 81, arguments that are %s: never run, and never as none",
    async (_, text) => {
      const { client, input, executed } = await running(dialect, [{ ...ulm, arguments: text }]);
      const { steps } = await run(client, input);
      expect(executed).toEqual([]);
      const [outcome] = steps[0]?.outcomes ?? [];
      expect(outcome?.error).toMatchObject({ code: "tool" });
      expect(outcome?.error?.issues?.length).toBeGreaterThan(0);
      if (textual) expect(steps[0]?.result.toolCalls[0]?.arguments).toBe(text);
    },
  );

  test.skipIf(!textual)("row 82, arguments as an object where text is usual: understood", async () => {
    const { client, input, executed } = await running(dialect, [{ ...ulm, arguments: { city: "Ulm" } as never }]);
    await run(client, input);
    expect(executed).toEqual([{ city: "Ulm" }]);
  });

  test.each([
    ["missing", [undefined, undefined]],
    ["the same", ["c1", "c1"]],
    ["empty", ["", ""]],
  ])("row 83, ids that are %s: each result goes back under one of its own", async (_, ids) => {
    const calls = ids.map((id, place) => ({
      name: "weather",
      arguments: JSON.stringify({ city: ["Ulm", "Bonn"][place] }),
      ...(id === undefined ? {} : { id }),
    }));
    const { client, input, executed } = await running(dialect, calls);
    const { steps, messages } = await run(client, input);
    expect(executed).toEqual([{ city: "Ulm" }, { city: "Bonn" }]);
    const made = steps[0]?.result.toolCalls.map(({ id }) => id) ?? [];
    expect(new Set(made).size).toBe(2);
    expect(made.every((id) => id !== "")).toBe(true);
    expect(messages.flatMap((message) => (message.role === "tool" ? [message.toolCallId] : []))).toEqual(made);
  });

  test("row 84, thousands of calls: limit, and none is run", async () => {
    const calls = Array.from({ length: 2_000 }, (_, index) => ({ ...ulm, id: `c${index}` }));
    const { client, input, executed } = await running(dialect, calls);
    expect((await failureOf(run(client, input))).code).toBe("limit");
    expect(executed).toEqual([]);
  });

  test.skipIf(!textual)("row 84, an index as large as can be: one call, and no array of that length", async () => {
    const { client, input, executed } = await running(dialect, [{ ...ulm, index: 2 ** 52 }]);
    await run(client, input);
    expect(executed).toEqual([{ city: "Ulm" }]);
  });

  test("row 85, an end that says stop with a call: the call is run", async () => {
    const { client, input, executed } = await running(dialect, [ulm]);
    const { steps, text } = await run(client, input);
    expect(steps[0]?.result.finishReason).toBe("tool-calls");
    expect([executed, text]).toEqual([[{ city: "Ulm" }], "so"]);
  });

  test("row 86, a model that calls for ever: maxSteps answers, and everything so far", async () => {
    const server = await modelServer(({ socket }) => socket.write(dialect.whole(dialect.called(ulm), dialect.done())));
    const client = createClient({ provider: dialect.connect({ baseURL: server.origin }), maxRetries: 0 });
    onTestFinished(() => client.close());
    const input = { messages: "Hi", model: "m", tools: [weather().made], maxSteps: 3 };
    const { endedBy, steps, messages } = await run(client, input);
    expect([endedBy, steps.length, asked(server).length]).toEqual(["max-steps", 3, 3]);
    expect(messages).toHaveLength(7);
  });

  test("row 87, a tool that throws: the model is told", async () => {
    const { client, server, input } = await running(dialect, [ulm], {
      execute: () => {
        throw new Error("no satellite");
      },
    });
    const { steps, text } = await run(client, input);
    expect(text).toBe("so");
    expect(steps[0]?.outcomes[0]?.error).toMatchObject({ code: "tool" });
    expect(told(server)).toContain("no satellite");
  });

  test("row 87, a tool that hangs and heeds no signal: its own limit, else the total limit of the run", async () => {
    const hanging = { execute: () => new Promise(() => undefined) };
    const limited = await running(dialect, [ulm], { ...hanging, timeoutMs: 50 });
    const { steps } = await run(limited.client, limited.input);
    expect(steps[0]?.outcomes[0]?.error).toMatchObject({ code: "timeout", phase: "tool" });

    const unlimited = await running(dialect, [ulm], hanging);
    const startedAt = performance.now();
    const error = await failureOf(run(unlimited.client, { ...unlimited.input, timeout: { totalMs: 300 } }));
    expect(error).toMatchObject({ code: "timeout", phase: "total" });
    expect(performance.now() - startedAt).toBeLessThan(1_300);
    expect(unlimited.executed).toHaveLength(1);
  });

  test("row 88, arguments like a promise, with keys that reach a prototype, of 5 MiB: plain data", async () => {
    const city = "x".repeat(5 * 1024 * 1024);
    const text = `{"city":"${city}","then":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`;
    const { client, input, executed } = await running(dialect, [{ ...ulm, arguments: text }]);
    await run(client, input);
    const [args] = executed as [Record<string, unknown>];
    expect(args["city"]).toHaveLength(city.length);
    expect(args["then"]).toBe("x");
    expect(Object.assign({}, args)).not.toHaveProperty("polluted");
    expect({}).not.toHaveProperty("polluted");
  });
});
