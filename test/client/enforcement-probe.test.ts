import { expect, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import { formatCapabilities } from "../../src/core/capability-report.ts";
import { no } from "../../src/core/capability.ts";
import { InhouseError } from "../../src/core/error.ts";
import type { Handler } from "../../src/core/handler.ts";
import { choice, json } from "../../src/core/output-form.ts";
import type { ChatRequest } from "../../src/core/request.ts";
import { answerOf, stubProvider } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

/** What a server that applies every form answers. */
const obedient: Readonly<Record<string, string>> = {
  "json-schema": '{ "v": "zq7" }',
  choice: "zq7",
  regex: "zq7",
  grammar: "zq7",
};

/** A client of a server that answers by the form that is asked for, and how often it was asked. */
function serverWith(answers: Readonly<Record<string, string>>, more: Parameters<typeof stubProvider>[1] = {}) {
  const asked: string[] = [];
  const handler: Handler = async function* reply(request) {
    const { responseFormat, tools, messages } = request as ChatRequest;
    const parts = messages.flatMap(({ content }) => (typeof content === "string" ? [] : content));
    const sense = parts.find(({ type }) => type !== "text")?.type;
    const form = sense ?? responseFormat?.type ?? (tools ? "tools" : "text");
    asked.push(form);
    if (answers[form] === "blind") throw new InhouseError("unsupported", "not a multimodal model", { status: 400 });
    if (answers[form] === "400") throw new InhouseError("invalid-request", "no such thing");
    yield* answerOf(answers[form] ?? "The sea is wide.");
  };
  return { client: createClient({ provider: stubProvider(handler, more), maxRetries: 0 }), asked };
}

test("a probe tells what holds and what does not, and how it knows", async () => {
  const { client, asked } = serverWith({ ...obedient, choice: "The sea.", regex: "400" });
  const report = await client.probe();
  const { capabilities } = report.model;
  expect(capabilities.structuredOutput).toMatchObject({
    supported: "yes",
    evidence: expect.stringMatching(/^probe: /) as string,
  });
  expect(capabilities.choice).toMatchObject({
    supported: "no",
    evidence: expect.stringMatching(/did not apply/) as string,
  });
  expect(capabilities.regex).toMatchObject({ supported: "no", evidence: "probe: refused (invalid-request)" });
  expect(capabilities.grammar.supported).toBe("yes");
  expect(capabilities.forcedTools).toMatchObject({ supported: "no", evidence: "probe: a required call was not made" });
  expect(asked.slice(0, 5)).toEqual(["json-schema", "choice", "regex", "grammar", "tools"]);
  expect(formatCapabilities(report)).toContain("probe: the model wrote what it was held to");
});

test("the client goes by what was found, and so does another one that is given the report", async () => {
  const { client, asked } = serverWith({ ...obedient, choice: "red", text: "red" });
  const report = await client.probe();
  expect((await client.capabilities()).model.capabilities.choice.supported).toBe("no");
  const before = asked.length;
  const result = await client.chat({ messages: "Which?", output: choice(["red"]) });
  expect(result).toMatchObject({ output: "red", warnings: [{ option: "output" }] });
  expect(asked.slice(before)).toEqual(["text"]); // prompted
  const responseFormat = { type: "choice", options: ["red"] } as const;
  expect((await failureOf(client.chat({ messages: "Which?", responseFormat }))).code).toBe("unsupported");

  const saved = JSON.parse(JSON.stringify(report)) as typeof report;
  const other = serverWith({ text: "red" });
  const informed = createClient({ provider: other.client.provider, capabilities: [saved] });
  expect((await informed.chat({ messages: "Which?", output: choice(["red"]) })).output).toBe("red");
  expect(other.asked).toEqual(["text"]);
});

test.each([
  ["blind", "no", "probe: refused (unsupported)"],
  ["400", "unknown", "probe: not found out (invalid-request)"],
  ["A grey square.", "yes", "probe: the server took one"],
])("a picture that is answered with %s", async (answer, supported, evidence) => {
  const { client } = serverWith({ ...obedient, image: answer });
  expect((await client.probe()).model.capabilities.image).toMatchObject({ supported, evidence });
});

test("what the server is known not to have is not asked for", async () => {
  const { capabilities } = stubProvider(async function* none() {});
  const lacking = { ...capabilities, grammar: no("none"), tools: no("none") };
  const describe = () => Promise.resolve({ id: "m", aliases: [], capabilities: lacking });
  const { client, asked } = serverWith(obedient, { capabilities: lacking, describe });
  expect((await client.probe()).model.capabilities.grammar).toEqual(no("none"));
  expect(asked.slice(0, 4)).toEqual(["json-schema", "choice", "regex", "image"]);
});

test("a failure that says nothing about the server's abilities is the caller's", async () => {
  const client = createClient({
    provider: stubProvider(async function* gone() {
      yield* [];
      throw new InhouseError("reset", "gone");
    }),
    maxRetries: 0,
  });
  expect((await failureOf(client.probe())).code).toBe("reset");
  expect((await failureOf(client.chat({ messages: "Hi", output: json() }))).code).toBe("reset");
});

test("what was found is known by every name of the model", async () => {
  const info = { id: "m:latest", aliases: ["m"], capabilities: stubProvider(async function* none() {}).capabilities };
  const { client } = serverWith(obedient, { describe: () => Promise.resolve(info) });
  const { capabilities } = (await client.probe("m")).model;
  for (const name of ["m", "m:latest"])
    expect((await client.capabilities(name)).model.capabilities).toEqual(capabilities);
});
