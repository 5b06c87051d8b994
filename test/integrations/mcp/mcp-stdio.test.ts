import { fileURLToPath } from "node:url";

import { expect, onTestFinished, test } from "vitest";

import { createClient, type ModelEvent, type Tool, type ToolOutcome } from "../../../src/index.ts";
import { mcpTools, type McpOptions, type McpProgress, type McpTools } from "../../../src/integrations/mcp/index.ts";
import { memory } from "../../../src/testing/index.ts";
import { failureOf } from "../../support/loopback.ts";

const child = fileURLToPath(new URL("mcp-child.ts", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));

const program = (behaviour: string) => ({
  command: process.execPath,
  args: ["--import", "tsx", child, behaviour],
  cwd: root,
});

async function open(behaviour = "honest", options: Partial<McpOptions> = {}): Promise<McpTools> {
  const mcp = await mcpTools({ server: program(behaviour), ...options });
  onTestFinished(() => mcp.close());
  return mcp;
}

/** What comes of one call that a model makes in a run. */
async function call(
  tools: readonly Tool[],
  name: string,
  args: object = {},
  more: { readonly signal?: AbortSignal; readonly approve?: () => boolean } = {},
): Promise<ToolOutcome> {
  const event: ModelEvent = { type: "tool-call", choice: 0, index: 0, id: "c", name, arguments: JSON.stringify(args) };
  const finish: ModelEvent = { type: "finish", finishReasons: ["tool-calls"], model: "memory" };
  const reply = (_: unknown, number: number) => (number === 1 ? [{ type: "start" } as const, event, finish] : "Done.");
  await using client = createClient({ provider: memory({ reply }) });
  const run = await client.runTools({ messages: "Go.", tools, approve: () => true, ...more });
  const [outcome] = run.steps[0]?.outcomes ?? [];
  if (!outcome) throw new Error("Nothing was called.");
  return outcome;
}

test("a model calls the tools of a server, and is told what they say", async () => {
  const { tools, server, skipped } = await open();
  expect([server, skipped]).toEqual([{ name: "honest", version: "1.2.3", instructions: "Be kind." }, []]);
  expect(tools.find(({ name }) => name === "add")).toMatchObject({
    description: "Adds.",
    parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] },
  });
  expect(await call(tools, "add", { a: 1, b: 2 })).toMatchObject({ content: "3", output: "3" });
  const wrong = await call(tools, "add", { a: "one" });
  expect([wrong.error?.code, wrong.content]).toEqual(["tool", expect.stringMatching(/does not fit: .*a/)]);
  const failed = await call(tools, "fail");
  expect([failed.error?.code, failed.content]).toEqual(["tool", "Error: There is no such file."]);
});

test("values and pictures are there for the program; the model is told the value, and of the picture that it is there", async () => {
  const { tools } = await open();
  const weather = await call(tools, "weather");
  expect([weather.output, weather.content]).toEqual([{ structured: { celsius: 21 } }, '{"structured":{"celsius":21}}']);
  const picture = await call(tools, "picture");
  expect(JSON.parse(picture.content)).toEqual({
    text: "A dot.\nMore: file:///more.txt",
    media: [{ type: "image", mediaType: "image/png", sizeBytes: 5 }],
  });
  expect(picture.output).toMatchObject({ media: [{ data: "aGVsbG8=" }] });
});

test("a server has the environment that it was given, and nothing of this one", async () => {
  const env = { ONLY: "this" };
  const mcp = await mcpTools({ server: { ...program("honest"), env } });
  onTestFinished(() => mcp.close());
  expect((await call(mcp.tools, "environment")).content).toBe("ONLY");
});

const asked: readonly (readonly [McpOptions["approval"], readonly string[]])[] = [
  [undefined, ["delete", "write"]],
  ["destructive", ["delete"]],
  ["always", ["add", "delete", "write"]],
  ["never", []],
  [({ name }) => name === "add", ["add"]],
];

test.each(asked)("with approval %s a person is asked about %j", async (approval, names) => {
  const { tools } = await open("honest", approval === undefined ? {} : { approval });
  const refused: string[] = [];
  for (const name of ["add", "delete", "write"]) {
    const outcome = await call(tools, name, name === "add" ? { a: 1, b: 1 } : {}, { approve: () => false });
    if (outcome.error?.message.includes("refused")) refused.push(name);
  }
  expect(refused).toEqual(names);
});

test("a call that takes too long, and one whose run is aborted, are cancelled at the server", async () => {
  const { tools } = await open("honest", { limits: { callMs: 100 } });
  expect(await call(tools, "hang")).toMatchObject({ error: { code: "timeout", phase: "tool" } });
  const { tools: patient } = await open();
  const leaving = new AbortController();
  const hanging = call(patient, "hang", {}, { signal: leaving.signal });
  setTimeout(() => leaving.abort(), 100);
  expect((await failureOf(hanging)).code).toBe("abort");
  for (const list of [tools, patient]) {
    await expect.poll(async () => (await call(list, "cancelled")).content).toBe("1");
  }
});

test("how far a call is, is told; a server that nobody listens to is not asked", async () => {
  const told: McpProgress[] = [];
  const { tools } = await open("honest", { prefix: "a_", onProgress: (progress) => told.push(progress) });
  expect((await call(tools, "a_steps")).content).toBe("done");
  expect(told).toEqual([
    { name: "a_steps", toolCallId: "c", progress: 1, total: 2, message: "step 1" },
    { name: "a_steps", toolCallId: "c", progress: 2, total: 2, message: "step 2" },
  ]);
  const { tools: quiet } = await open();
  expect((await call(quiet, "steps")).content).toBe("nobody asked");
});

test("after close() a call says so, and one that runs ends with it", async () => {
  const mcp = await open();
  const hanging = call(mcp.tools, "hang");
  await expect.poll(async () => (await call(mcp.tools, "add", { a: 1, b: 1 })).content).toBe("2");
  await mcp.close();
  for (const outcome of [await hanging, await call(mcp.tools, "add", { a: 1, b: 1 })]) {
    expect(outcome.error?.cause).toMatchObject({ code: "closed" });
  }
});

test("a result that is too long is an error that says so", async () => {
  const { tools } = await open("honest", { limits: { resultLength: 1_000 } });
  expect((await call(tools, "long", { length: 1_000 })).content).toHaveLength(1_000);
  const { error, content } = await call(tools, "long", { length: 1_001 });
  expect([error?.code, content]).toEqual(["tool", expect.stringMatching(/1001 characters, and 1000 are the limit/)]);
});

test("a message that is too large ends the server, and the error says why", async () => {
  const { tools } = await open("honest", { limits: { messageBytes: 100_000 } });
  expect(await call(tools, "long", { length: 200_000 })).toMatchObject({ error: { cause: { code: "limit" } } });
  expect((await call(tools, "add", { a: 1, b: 1 })).error).toBeDefined();
});

test("tools that are added are told of, and there after refresh()", async () => {
  let changes = 0;
  const mcp = await open("honest", { onToolsChanged: () => (changes += 1) });
  await call(mcp.tools, "grow");
  await expect.poll(() => changes).toBeGreaterThan(0);
  expect(mcp.tools.some(({ name }) => name === "new")).toBe(false);
  expect((await mcp.refresh()).some(({ name }) => name === "new")).toBe(true);
  expect((await call(mcp.tools, "new")).content).toBe("new");
});

test("names are those that models take, with a prefix, and no two the same", async () => {
  const { tools } = await open("same-names", { prefix: "p_" });
  const long = `p_${"x".repeat(62)}`;
  expect(tools.map(({ name }) => name)).toEqual(["p_a_b", "p_a_b_2", "p_a_b_3", long, `${long.slice(0, -2)}_2`]);
});

test("some tools are taken by name, and one that is not there is an error", async () => {
  const { tools } = await open("honest", { only: ["add"] });
  expect(tools.map(({ name }) => name)).toEqual(["add"]);
  expect(await failureOf(open("honest", { only: ["sub"] }))).toMatchObject({ code: "invalid-request" });
});

test("a tool whose schema cannot be used is left out, and said so", async () => {
  const { tools, skipped } = await open("bad-schemas");
  expect(tools.map(({ name }) => name)).toEqual(["good"]);
  expect(skipped).toEqual([{ name: "bad", reason: expect.stringContaining("is no place in the schema") }]);
});

test("a server that greets on its output is understood", async () => {
  const { tools } = await open("greeting");
  expect((await call(tools, "add", { a: 2, b: 2 })).content).toBe("4");
});

test.each([
  ["endless-list", "limit", /more than 256 tools/],
  ["endless-empty-list", "limit", /more than 256 tools/],
  ["circle", "protocol", /circle/],
  ["huge-list", "limit", /more than 1000000 bytes/],
  ["silent-list", "timeout", /cannot be listed/],
] as const)("a hostile server, %s, is given up", async (behaviour, code, message) => {
  const limits = { messageBytes: 1_000_000, connectMs: behaviour === "silent-list" ? 4_000 : 30_000 };
  const error = await failureOf(open(behaviour, { limits }));
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
});

test.each([
  ["dies", "reset"],
  ["flood", "limit"],
])("a server that %s in mid-call is an error of the tool, and so is the next call", async (behaviour, code) => {
  const { tools } = await open(behaviour);
  const first = await call(tools, "die");
  expect(first.error).toMatchObject({ code: "tool", cause: { code } });
  const next = await call(tools, "die");
  expect(next.error).toMatchObject({ code: "tool", cause: { code } });
  if (code === "limit") return;
  for (const { error } of [first, next]) {
    expect(error?.cause).toMatchObject({
      message: "The MCP server's program has ended (3).",
      hint: expect.stringContaining("start it anew with mcpTools()") as string,
    });
  }
});

test("a program that is not there, and one that is no server, are errors", async () => {
  const missing = await failureOf(mcpTools({ server: { command: "no-such-program" } }));
  expect([missing.code, missing.hint]).toEqual(["connect", expect.stringContaining("PATH")]);
  const exits = { command: process.execPath, args: ["--eval", "process.exit(1)"] };
  expect((await failureOf(mcpTools({ server: exits }))).code).toBe("reset");
  const silent = { command: process.execPath, args: ["--eval", "setInterval(() => undefined, 1000)"] };
  const late = await failureOf(mcpTools({ server: silent, limits: { connectMs: 300 } }));
  expect([late.code, late.message]).toEqual(["timeout", expect.stringContaining("cannot be connected to")]);
  const signal = AbortSignal.timeout(300);
  expect((await failureOf(mcpTools({ server: silent, signal }))).code).toBe("abort");
});
