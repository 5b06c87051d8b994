import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { ollama, type OllamaProgressEvent } from "../../src/providers/ollama/index.ts";
import { fakeOllama } from "../../src/testing/index.ts";
import { canned, json, type CannedReply } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";
import { recorded } from "../support/recorded.ts";

const record = (name: string): CannedReply => recorded(name, "ollama-0.34.2");

async function fake() {
  const server = await fakeOllama();
  const provider = ollama({ baseURL: server.url });
  onTestFinished(async () => {
    await provider.close();
    await server.close();
  });
  return { server, provider };
}

async function stepsOf(progress: AsyncIterable<OllamaProgressEvent>): Promise<readonly OllamaProgressEvent[]> {
  const steps: OllamaProgressEvent[] = [];
  for await (const step of progress) steps.push(step);
  return steps;
}

describe("a pull", () => {
  test("tells its steps, and is done at their end", async () => {
    const { server, provider } = await fake();
    const pull = provider.pull("new", { insecure: true });
    const steps = await stepsOf(pull);
    expect(steps.map(({ status }) => status)).toEqual([
      "pulling manifest",
      "pulling 000000000000",
      "pulling 000000000000",
      "verifying sha256 digest",
      "writing manifest",
      "success",
    ]);
    const digest = `sha256:${"0".repeat(64)}`;
    expect(steps.slice(1, 3)).toEqual([
      { status: "pulling 000000000000", digest, totalBytes: 1_024 },
      { status: "pulling 000000000000", digest, totalBytes: 1_024, completedBytes: 1_024 },
    ]);
    await pull.done;
    expect(server.requests.map(({ body }) => body)).toEqual([{ model: "new", insecure: true, stream: true }]);
    expect((await provider.models()).map(({ id }) => id)).toContain("new:latest");
  });

  test("is run by asking for its end alone, once", async () => {
    const { server, provider } = await fake();
    const pull = provider.pull("new");
    await Promise.all([pull.done, pull.done]);
    expect(server.requests).toHaveLength(1);
  });

  test("is read by its loop alone, whenever its end is asked for", async () => {
    const { provider } = await fake();
    for (const askedBefore of [true, false]) {
      const pull = provider.pull("new");
      let done = askedBefore ? pull.done : undefined;
      const seen: string[] = [];
      for await (const { status } of pull) {
        done ??= pull.done;
        await new Promise(setImmediate);
        seen.push(status);
      }
      await done;
      expect(seen).toHaveLength(6);
    }
  });

  test("that was left before its first step is not begun any more", async () => {
    const { server, provider } = await fake();
    const pull = provider.pull("new");
    await pull[Symbol.asyncIterator]().return?.();
    expect((await failureOf(pull.done)).code).toBe("abort");
    expect(server.requests).toHaveLength(0);
  });

  test("is not begun before somebody reads", async () => {
    const transport = canned(record("082-pull"));
    ollama({ transport }).pull("new");
    await new Promise(setImmediate);
    expect(transport.requests).toHaveLength(0);
  });

  test("ends when its reader leaves, and is not done", async () => {
    const { server, provider } = await fake();
    const pull = provider.pull("new");
    for await (const _ of pull) break;
    await server.idle();
    expect((await failureOf(pull.done)).code).toBe("abort");
  });

  test("that its reader leaves at its last step is done", async () => {
    const { provider } = await fake();
    const pull = provider.pull("new");
    for await (const { status } of pull) if (status === "success") break;
    await pull.done;
  });

  test("ends by its signal", async () => {
    const { provider } = await fake();
    const error = await failureOf(provider.pull("new", { signal: AbortSignal.abort() }).done);
    expect([error.code, error.name]).toEqual(["abort", "AbortError"]);
  });

  test("an error in a line of status 200 is an error, in the loop and at the end", async () => {
    const pull = ollama({ transport: canned(record("082-pull")) }).pull("smollm2:135m");
    const error = await failureOf(stepsOf(pull));
    expect(error).toMatchObject({ code: "server", provider: "ollama", model: "smollm2:135m", retryable: true });
    expect(error.hint).toContain("registry");
    expect(await failureOf(pull.done)).toBe(error);
  });

  test("of a name that the registry has not is not-found", async () => {
    const reply = { body: `{"error":"pull model manifest: file does not exist"}\n` };
    expect((await failureOf(ollama({ transport: canned(reply) }).pull("nope").done)).code).toBe("not-found");
  });

  test("that ends without success was cut", async () => {
    const reply = { body: '{"status":"pulling manifest"}\n' };
    expect((await failureOf(ollama({ transport: canned(reply) }).pull("new").done)).code).toBe("truncated");
  });

  test("refuses an unknown option", async () => {
    const { provider } = await fake();
    const error = await failureOf(provider.pull("new", { insecur: true } as object).done);
    expect(error.hint).toContain('"insecure"');
  });
});

describe("create", () => {
  test("writes the definition in the server's words", async () => {
    const { server, provider } = await fake();
    await provider.create({
      model: "terse",
      from: "fake",
      system: "Be brief.",
      template: "{{ .Prompt }}",
      parameters: { numCtx: 1_024, temperature: 0, stop: ["x"] },
      messages: [{ role: "user", content: "Hi" }],
    }).done;
    expect(server.requests[0]).toMatchObject({
      path: "/api/create",
      body: {
        model: "terse",
        from: "fake",
        system: "Be brief.",
        template: "{{ .Prompt }}",
        parameters: { num_ctx: 1_024, temperature: 0, stop: ["x"] },
        messages: [{ role: "user", content: "Hi" }],
        stream: true,
      },
    });
  });

  test.each([
    ["a parameter of the wrong type, which the server would store and choke on later", { parameters: { numCtx: "1" } }],
    ["a sampling parameter of the wrong type", { parameters: { temperature: "hot" } }],
    ["an unknown parameter", { parameters: { mirostat: 2 } }],
    ["an option of calls that is no parameter", { parameters: { keepAlive: "1h" } }],
    ["adapters, which Ollama no longer takes", { adapters: {} }],
  ])("refuses %s", async (_, definition) => {
    const transport = canned(record("085-create-tools"));
    const create = ollama({ transport }).create({ model: "x", from: "y", ...definition } as never);
    expect((await failureOf(create.done)).code).toBe("invalid-request");
    expect(transport.requests).toHaveLength(0);
  });

  test("of a file that was not uploaded says what to do", async () => {
    const create = ollama({ transport: canned(record("084c-create-noblob")) }).create({ model: "x", files: {} });
    expect(await failureOf(create.done)).toMatchObject({
      code: "not-found",
      hint: expect.stringContaining("uploadBlob"),
    });
  });
});

test("push of a model that is not there is not-found", async () => {
  const push = ollama({ transport: canned(record("083b-push-unknown")) }).push("nope");
  expect((await failureOf(push.done)).code).toBe("not-found");
});

test("copy and delete", async () => {
  const { provider } = await fake();
  await provider.copy("fake", "second");
  expect((await provider.models()).map(({ id }) => id)).toEqual(["fake:latest", "second:latest"]);
  await provider.delete("second");
  expect((await failureOf(provider.delete("second"))).code).toBe("not-found");
  expect((await failureOf(provider.copy("nope", "x"))).code).toBe("not-found");
});

describe("uploadBlob", () => {
  const bytes = Buffer.from("GGUF and more");
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

  test("sends bytes under their digest, after asking whether they are there", async () => {
    const transport = canned({ status: 404 }, { status: 201 });
    expect(await ollama({ transport }).uploadBlob(bytes)).toBe(digest);
    expect(transport.requests.map(({ method, path, body }) => [method, path, body])).toEqual([
      ["HEAD", `/api/blobs/${digest}`, undefined],
      ["POST", `/api/blobs/${digest}`, bytes],
    ]);
    expect(transport.requests[1]?.headers["content-type"]).toBe("application/octet-stream");
  });

  test("sends nothing that is there", async () => {
    const transport = canned({ status: 200 });
    expect(await ollama({ transport }).uploadBlob(bytes)).toBe(digest);
    expect(transport.requests).toHaveLength(1);
  });

  test("sends a file over a real connection without reading it as a whole", async () => {
    const folder = await mkdtemp(join(tmpdir(), "inhouse-blob-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "model.gguf");
    const large = Buffer.alloc(3_000_000, "abc");
    await writeFile(path, large);
    const { server, provider } = await fake();
    expect(await provider.uploadBlob(path)).toBe(`sha256:${createHash("sha256").update(large).digest("hex")}`);
    expect(server.requests.map(({ method }) => method)).toEqual(["HEAD", "POST"]);
    expect(server.requests[1]?.headers["transfer-encoding"]).toBe("chunked");
  });

  test("refuses what is no digest, and a file that is not there", async () => {
    const transport = canned(json({}));
    const provider = ollama({ transport });
    expect((await failureOf(provider.uploadBlob(bytes, { digest: "abc" }))).code).toBe("invalid-request");
    expect((await failureOf(provider.uploadBlob("/no/such/file"))).code).toBe("invalid-request");
    expect(transport.requests).toHaveLength(0);
  });
});
