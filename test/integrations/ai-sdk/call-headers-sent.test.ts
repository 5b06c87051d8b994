import { describe, expect, onTestFinished, test } from "vitest";

import { createClient } from "../../../src/index.ts";
import type { InhouseProvider } from "../../../src/integrations/ai-sdk/index.ts";
import { vllm } from "../../../src/providers/vllm/index.ts";
import { fakeVllm, type FakeVllmOptions } from "../../../src/testing/index.ts";
import { aiSdks, type AiSdk } from "../../support/ai-sdks.ts";
import { recordingOf } from "../../support/spoken.ts";

/** A value that is not there, as `process.env.TEAM` may be. */
const headers = { "X-Team": "accounting", nothing: undefined } as unknown as Record<string, string>;
type Asking = readonly [string, FakeVllmOptions, (ai: AiSdk["ai"], inhouse: InhouseProvider) => PromiseLike<unknown>];
const functions: readonly Asking[] = [
  ["generateText", {}, (ai, inhouse) => ai.generateText({ model: inhouse(), prompt: "Hi", headers })],
  ["streamText", {}, (ai, inhouse) => ai.streamText({ model: inhouse(), prompt: "Hi", headers }).text],
  [
    "generateText of a completion",
    {},
    (ai, inhouse) => ai.generateText({ model: inhouse.completionModel(), prompt: "Hi", headers }),
  ],
  ["embed", { task: "embed" }, (ai, inhouse) => ai.embed({ model: inhouse.embeddingModel(), value: "Hi", headers })],
  [
    "rerank",
    { task: "embed" },
    (ai, inhouse) => ai.rerank({ model: inhouse.rerankingModel(), query: "a", documents: ["a", "b"], headers }),
  ],
  [
    "transcribe",
    { task: "transcribe" },
    (ai, inhouse) =>
      ai.experimental_transcribe({ model: inhouse.transcriptionModel(), audio: recordingOf("Hello."), headers }),
  ],
];

describe.each(aiSdks)("headers of a call of %s", (_, { ai, createInhouse }) => {
  /** A provider of the AI SDK over a fake vLLM, and the headers of the calls that came. */
  async function served(options: FakeVllmOptions = {}) {
    const server = await fakeVllm(options);
    const client = createClient({ provider: vllm({ baseURL: server.url, headers: { "user-agent": "app/1" } }) });
    onTestFinished(async () => {
      await client.close();
      await server.close();
    });
    const calls = () => server.requests.filter(({ method }) => method === "POST").map((request) => request.headers);
    return { inhouse: createInhouse({ client }), calls };
  }

  test.each(functions)(
    "reach the server from %s, and the name of the AI SDK does not hide the app's",
    async (...asking) => {
      const [, options, ask] = asking;
      const { inhouse, calls } = await served(options);
      await ask(ai, inhouse);
      expect(calls().length).toBeGreaterThan(0);
      for (const sent of calls()) {
        expect(sent).toMatchObject({ "x-team": "accounting", "user-agent": "app/1" });
        expect(sent).not.toHaveProperty("nothing");
      }
    },
  );

  test("have a user agent where the caller says one", async () => {
    const { inhouse, calls } = await served();
    await ai.generateText({ model: inhouse(), prompt: "Hi", headers: { "User-Agent": "crawler/2" } });
    expect(calls()[0]?.["user-agent"]).toMatch(/^crawler\/2 ai\//);
  });

  test("that are not the caller's to say are refused in the AI SDK's words", async () => {
    const { inhouse, calls } = await served();
    const asked = ai.generateText({ model: inhouse(), prompt: "Hi", headers: { Authorization: "Bearer sk-secret-1" } });
    const error: unknown = await asked.then(undefined, (reason: unknown) => reason);
    expect(ai.InvalidArgumentError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: "invalid-request", hint: "Pass apiKey to the provider." });
    expect(JSON.stringify(error) + String(error)).not.toContain("sk-secret-1");
    expect(calls()).toEqual([]);
  });
});
