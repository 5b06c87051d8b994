import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, inject, test } from "vitest";

import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { fakeLlamacpp, type FakeLlamacppOptions } from "../../src/testing/index.ts";
import { slotsFree } from "../e2e/slots-free.ts";
import { longWinded } from "../support/long-winded.ts";
import { startService } from "../support/running-service.ts";

interface Service {
  /** How it is run: the file, and its argument where it is no program by itself. */
  readonly run: readonly [file: string, ...args: string[]];
  readonly path: string;
  readonly readyPath: string;
  readonly sends: "events" | "text";
}

const frameworks: Readonly<Record<string, Service>> = {
  "express.ts": { run: ["examples/services/express.ts"], path: "/chat", readyPath: "/ready", sends: "events" },
  "fastify.ts": { run: ["examples/services/fastify.ts"], path: "/chat", readyPath: "/ready", sends: "events" },
  "hono.ts": { run: ["examples/services/hono.ts"], path: "/chat", readyPath: "/ready", sends: "text" },
  "next-route.ts": {
    run: ["test/support/serve-route.ts", "examples/services/next-route.ts"],
    path: "/",
    readyPath: "/",
    sends: "events",
  },
};

/** The service as a process of its own, over the model server at `modelUrl`. */
async function started({ run: [file, ...args], path, readyPath }: Service, modelUrl: string) {
  const service = startService(file, { args, env: { INHOUSE_LLAMACPP_URL: modelUrl } });
  const [, url = ""] = await service.prints(/listening on (\S+)/);
  const ask = (body: unknown, init: RequestInit = {}): Promise<Response> =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
    });
  return { ...service, ask, ready: async () => (await fetch(url + readyPath)).status };
}

/** Reads an answer until something has come; leaving a loop would cancel it. */
async function begun({ body }: Response): Promise<void> {
  await body?.getReader().read();
}

const long = { text: "word ".repeat(4_000), pauseMs: 5 } satisfies FakeLlamacppOptions;

test("every service is tried", () => {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const tests = readdirSync(here).filter((name) => name.startsWith("services-"));
  const text = tests.map((name) => readFileSync(here + name, "utf8")).join("");
  const services = readdirSync(`${here}../../examples/services`);
  expect(services.filter((name) => !text.includes(`/${name}"`))).toEqual([]);
});

describe.each(Object.entries(frameworks))("%s", (_, framework) => {
  test("streams, tells errors by their status, and lets answers finish at its end", async () => {
    await using fake = await fakeLlamacpp({ text: "The sky is blue." });
    await using service = await started(framework, fake.url);
    const { ask, ready } = service;

    const answer = await ask({ message: "Why?" });
    expect(answer.status).toBe(200);
    const text = await answer.text();
    if (framework.sends === "text") expect(text).toBe("The sky is blue.");
    else expect(text).toMatch(/^data: \{"type":"start"[^]*"text":" blue\."[^]*data: \{"type":"finish".*\}\n\n$/);
    expect(await ready()).toBe(200);

    // Wrong bodies cost the model nothing.
    const asked = fake.history.length;
    expect((await ask({ words: "Why?" })).status).toBe(400);
    expect((await ask("{")).status).toBe(400);
    expect((await ask({ message: "x".repeat(100_000) })).status).toBe(413);
    expect(fake.history.slice(asked).filter(({ request }) => request.method === "POST")).toEqual([]);

    fake.inject({ name: "status-503", retryAfterSeconds: 120 });
    const full = await ask({ message: "Why?" });
    expect(full.status).toBe(429);
    expect(full.headers.get("retry-after")).toBe("120");
    expect(await full.json()).toMatchObject({ error: { code: "overloaded" } });
    expect(service.printed()).toContain("overloaded"); // the log has it, too
  });

  test("stops the model when its caller leaves", async () => {
    await using fake = await fakeLlamacpp(long);
    await using service = await started(framework, fake.url);
    const { ask } = service;
    const caller = new AbortController();
    const answer = await ask({ message: "Tell me a story." }, { signal: caller.signal });
    await begun(answer);
    caller.abort();
    await fake.idle();
    const last = fake.history.findLast(({ request }) => request.method === "POST");
    expect(last?.end).toBe("client-left");
    expect(last?.tokens).toBeLessThan(2_000);
    expect(service.printed()).not.toContain("Error"); // nobody did anything wrong
  });

  test("is not ready while the model loads, and says 503 to callers", async () => {
    await using fake = await fakeLlamacpp({ loadingMs: Infinity });
    await using service = await started(framework, fake.url);
    const { ask, ready } = service;
    expect(await ready()).toBe(503);
    const answer = await ask({ message: "Hello" });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    fake.ready();
    expect((await ask({ message: "Hello" })).status).toBe(200);
    expect(await ready()).toBe(200);
  });

  test("finishes what it has begun before it ends", async () => {
    await using fake = await fakeLlamacpp({ text: `${"word ".repeat(100)}end`, pauseMs: 10 });
    await using service = await started(framework, fake.url);
    const { ask } = service;
    const answer = await ask({ message: "Tell me a story." });
    service.signal("SIGTERM");
    expect(await answer.text()).toContain("end");
    expect(await service.ended).toBe(0);
  });

  test("frees the slot of a real llama-server when its caller leaves", async ({ skip }) => {
    const server = inject("llamacpp");
    if ("unavailable" in server) return skip(server.unavailable);
    await using before = await longWinded(server.url); // so that no answer ends by itself meanwhile
    await using service = await started(framework, before.url);
    const caller = new AbortController();
    const answer = await service.ask({ message: "Hello" }, { signal: caller.signal });
    expect(answer.status).toBe(200);
    await begun(answer);
    const provider = llamacpp({ baseURL: server.url });
    expect((await provider.slots()).some((slot) => slot["is_processing"] === true)).toBe(true);
    caller.abort();
    await slotsFree(provider);
  });
});
