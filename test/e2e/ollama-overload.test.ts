import { readFile } from "node:fs/promises";

import { afterAll, describe, expect, inject, test as always } from "vitest";

import { prepareLlamaServer, startOllama } from "../../scripts/servers/index.ts";
import { createClient } from "../../src/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { failureOf } from "../support/loopback.ts";

const isThere = !("unavailable" in inject("ollama"));
const test = isThere ? always : always.skip;

/** One of its own that keeps one model in memory and lets one call wait for another. */
const server = isThere
  ? await startOllama({
      models: ["chat", "embedding"],
      store: "own",
      env: { OLLAMA_MAX_QUEUE: "1", OLLAMA_MAX_LOADED_MODELS: "1", OLLAMA_NUM_PARALLEL: "1" },
    })
  : undefined;
const provider = ollama({ baseURL: server?.url ?? "http://127.0.0.1:1" });
const client = createClient({ provider, maxRetries: 0 });
afterAll(async () => {
  await client.close();
  await server?.stop();
});

test("a call that finds the queue full is overloaded; those that wait are served when the model is free", async () => {
  const busy = client.stream({ model: "smollm2", prompt: "Once upon a time", maxTokens: 4_000 });
  const reading = busy.text[Symbol.asyncIterator]();
  await reading.next();
  // The other model has no room beside this one.
  const calls = Array.from({ length: 4 }, () => client.embed({ model: "smollm2-embedding", input: "a" }));
  const refused = await Promise.race(calls.map(failureOf));
  expect(refused).toMatchObject({ code: "overloaded", status: 503, retryable: true, model: "smollm2-embedding" });
  await reading.return?.();
  const ended = await Promise.allSettled(calls);
  expect(ended.map(({ status }) => status)).toContain("fulfilled");
});

describe("a model that cannot be loaded is an error that is not tried again", () => {
  test("its file is cut: it is not created", async () => {
    const whole = await readFile((await prepareLlamaServer()).model);
    const digest = await provider.uploadBlob(whole.subarray(0, whole.length - 20_000_000));
    const error = await failureOf(provider.create({ model: "cut", files: { "cut.gguf": digest } }).done);
    expect(error).toMatchObject({ code: "invalid-request", retryable: false, model: "cut" });
    expect(error.hint).toContain("file");
  });

  test("llama.cpp does not know its architecture: no call is answered", async () => {
    const strange = await readFile((await prepareLlamaServer()).model);
    strange.write("lxama", strange.indexOf("llama", strange.indexOf("general.architecture")));
    const digest = await provider.uploadBlob(strange);
    await provider.create({ model: "strange", files: { "strange.gguf": digest } }).done;
    const error = await failureOf(client.complete({ model: "strange", prompt: "Hello" }));
    expect(error).toMatchObject({ code: "server", retryable: false, model: "strange" });
    expect(error.hint).toContain("log");
  });
});
