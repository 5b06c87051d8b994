import { join } from "node:path";

import { expect, test } from "vitest";

import {
  fetchModel,
  importToOllama,
  llamacppEngine,
  plan,
  readAdapter,
  readModel,
  verify,
  type Plan,
} from "../../src/deploy.ts";
import { createTransport, egressPolicy } from "../../src/index.ts";
import { failureOf, loopback } from "../support/loopback.ts";
import { smallLlama, writeGguf } from "../support/model-files.ts";
import { writtenFolder } from "../support/written-folder.ts";

const model = Buffer.from(writeGguf(smallLlama.metadata, smallLlama.tensors));
const served = () =>
  loopback(({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${model.length}\r\n\r\n`);
    socket.end(model);
  });
const elsewhere = () => egressPolicy({ allow: ["models.corp.example"] });

const asked: Readonly<Record<string, (origin: string, folder: string) => Promise<unknown>>> = {
  readModel: (origin) => readModel(`${origin}/m.gguf`, { policy: elsewhere() }),
  readAdapter: (origin) => readAdapter(`${origin}/m.gguf`, { policy: elsewhere() }),
  plan: (origin) => plan({ model: `${origin}/m.gguf`, on: "cpu 8GB" }, { policy: elsewhere() }),
  "plan, for files of a model of the catalogue": (origin) =>
    plan({ model: "ministral-3b", files: `${origin}/m.gguf`, on: "cpu 8GB" }, { policy: elsewhere() }),
  fetchModel: (origin, folder) =>
    fetchModel({ huggingFace: "a/b", endpoint: origin }, { to: folder, maxRetries: 0, policy: elsewhere() }),
  importToOllama: (origin, folder) =>
    importToOllama(join(folder, "m.gguf"), "m", { baseURL: origin, policy: elsewhere() }),
  verify: async (origin) => {
    const made = await plan({ model: "ministral-3b", on: "cpu 8GB", context: 1_024, engine: llamacppEngine.name });
    return verify(made, origin, { policy: elsewhere() });
  },
};

test.each(Object.entries(asked))("%s: a host that the policy forbids gets no connection", async (_, ask) => {
  const server = await served();
  const folder = writtenFolder({ "m.gguf": model });
  const failure = await failureOf(ask(server.origin, folder));
  expect(failure).toMatchObject({ code: "policy", message: expect.stringContaining("127.0.0.1") });
  expect(server.connections()).toBe(0);
});

test("what the policy allows is read, and stands in its report", async () => {
  const server = await served();
  const policy = egressPolicy({ allow: ["loopback"] });
  const made: Plan = await plan({ model: `${server.origin}/m.gguf`, on: "cpu 8GB", context: 512 }, { policy });
  expect(made.model.source).toBe(`${server.origin}/m.gguf`);
  expect(policy.report()).toMatchObject([{ host: "127.0.0.1", port: server.port, allowed: true }]);
});

test("a transport that keeps another policy is refused beside one", async () => {
  const transport = createTransport();
  const failure = await failureOf(readModel("/nowhere.gguf", { transport, policy: elsewhere() }));
  expect(failure).toMatchObject({ code: "invalid-request", message: expect.stringMatching(/^policy/) });
});
