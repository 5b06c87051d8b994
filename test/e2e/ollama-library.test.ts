import { afterAll, expect, inject, test as always } from "vitest";

import { startOllama } from "../../scripts/servers/index.ts";
import { ollama, type OllamaProgressEvent } from "../../src/providers/ollama/index.ts";
import { failureOf } from "../support/loopback.ts";
import { modelRegistry } from "../support/model-registry.ts";

const isThere = !("unavailable" in inject("ollama"));
const test = isThere ? always : always.skip;

/** One of its own: its models are deleted. */
const server = isThere ? await startOllama({ store: "own" }) : undefined;
const provider = ollama({ baseURL: server?.url ?? "http://127.0.0.1:1" });
const registry = await modelRegistry();
afterAll(async () => {
  await provider.close();
  await registry.close();
  await server?.stop();
});

const ids = async (): Promise<readonly string[]> => (await provider.models()).map(({ id }) => id);

test("a model is pushed to a registry, deleted, and pulled again; a pull that is aborted goes on at the next", async () => {
  const model = `${registry.place}/smol:latest`;
  await provider.copy("smollm2", model);
  await provider.push(model, { insecure: true }).done;
  expect(registry.models()).toEqual(["library/smol:latest"]);
  await provider.delete(model);
  await provider.delete("smollm2"); // whose file it shares
  expect(await ids()).toEqual([]);

  registry.stopAfter(10_000_000);
  const controller = new AbortController();
  const aborted = provider.pull(model, { insecure: true, signal: controller.signal });
  const error = await failureOf(
    (async () => {
      for await (const { completedBytes = 0 } of aborted) if (completedBytes >= 10_000_000) controller.abort();
    })(),
  );
  expect(error).toMatchObject({ code: "abort", provider: "ollama", model });
  expect(await failureOf(aborted.done)).toBe(error);
  expect(await ids()).toEqual([]);

  registry.stopAfter(undefined);
  const steps: OllamaProgressEvent[] = [];
  for await (const step of provider.pull(model, { insecure: true })) steps.push(step);
  expect(steps.at(-1)).toEqual({ status: "success" });
  const ranges = registry.requests.flatMap(
    (request) => /^GET \/bytes\/.* bytes=(\d+)-98362431$/.exec(request)?.[1] ?? [],
  );
  expect(ranges).toEqual(["0", "10000000"]);
  const { digest, totalBytes } = steps.find(({ completedBytes }) => completedBytes !== undefined) ?? {};
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(totalBytes).toBe(98_362_432);
  expect(await ids()).toContain(model);
});

test("a pull that its reader leaves ends on the server", async () => {
  const model = `${registry.place}/smol:latest`;
  await provider.delete(model);
  registry.stopAfter(1_000_000);
  for await (const { totalBytes } of provider.pull(model, { insecure: true })) if (totalBytes !== undefined) break;
  expect(await ids()).not.toContain(model);
  registry.stopAfter(undefined);
  await provider.pull(model, { insecure: true }).done;
  expect(await ids()).toContain(model);
});

test("what a registry has not is not-found", async () => {
  const error = await failureOf(provider.pull(`${registry.place}/nope`, { insecure: true }).done);
  expect(error.code).toBe("not-found");
});

test("a registry that cannot be reached is the server's failure, and said to be one", async () => {
  const error = await failureOf(provider.pull("127.0.0.1:1/library/x", { insecure: true }).done);
  expect(error.code).toBe("server");
  expect(error.hint).toContain("registry");
});

test("a model is made of another one, with what it was told, and deleted", async () => {
  await provider.copy(`${registry.place}/smol:latest`, "smol"); // `from` would be asked of its registry, over TLS
  const steps: string[] = [];
  for await (const { status } of provider.create({
    model: "terse",
    from: "smol",
    system: "You are terse.",
    parameters: { numCtx: 1_024, temperature: 0, stop: ["\n"] },
    messages: [{ role: "user", content: "Hi" }],
  })) {
    steps.push(status);
  }
  expect(steps.at(-1)).toBe("success");
  expect(await provider.show("terse")).toMatchObject({
    system: "You are terse.",
    parameters: expect.stringMatching(/num_ctx +1024/),
    messages: [{ role: "user", content: "Hi" }],
  });
  expect((await provider.describe("terse")).contextLength).toBe(1_024);
  await provider.copy("terse", "terser");
  await provider.delete("terse");
  expect(await ids()).toContain("terser:latest");
  await provider.delete("terser");
  expect((await failureOf(provider.delete("terser"))).code).toBe("not-found");
});

test("bytes come into the store once; a file that was not uploaded makes no model", async () => {
  const digest = await provider.uploadBlob(Buffer.from("no model at all"));
  expect(await provider.uploadBlob(Buffer.from("no model at all"))).toBe(digest);
  const mismatch = await failureOf(
    provider.uploadBlob(Buffer.from("other bytes"), { digest: `sha256:${"1".repeat(64)}` }),
  );
  expect(mismatch.code).toBe("invalid-request");
  const broken = await failureOf(provider.create({ model: "broken", files: { "a.gguf": digest } }).done);
  expect(broken.message).toContain("/api/create");
  const missing = await failureOf(
    provider.create({ model: "x", files: { "a.gguf": `sha256:${"2".repeat(64)}` } }).done,
  );
  expect(missing.code).toBe("not-found");
  expect(await ids()).not.toContain("broken:latest");
});

test("says its version", async () => {
  expect(await provider.version()).toBe(server?.version);
});
