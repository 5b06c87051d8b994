import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";

import { fakeLlamacpp, type FakeServer } from "../../src/testing/index.ts";
import { startRedis, type RunningRedis } from "../support/redis-here.ts";
import { startService, type RunningService } from "../support/running-service.ts";

let redis: RunningRedis | { readonly unavailable: string };
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  if ("stop" in redis) await redis.stop();
});

/** A database of each try's own. */
let redisUrl = "";
let database = 0;
beforeEach(({ skip }) => {
  if ("unavailable" in redis) return skip(redis.unavailable);
  redisUrl = `${redis.url}/${database++}`;
});

const worker = (modelUrl: string, env: Readonly<Record<string, string>> = {}): RunningService =>
  startService("examples/services/bulk-worker.ts", {
    env: { REDIS_URL: redisUrl, INHOUSE_LLAMACPP_URL: modelUrl, LOCK_MS: "3000", ...env },
  });

const submit = (...args: readonly string[]): RunningService =>
  startService("examples/services/bulk-submit.ts", { args, env: { REDIS_URL: redisUrl } });

/** What the model was asked to summarise, in its order. */
const asked = ({ history }: FakeServer): readonly string[] =>
  history
    .filter(({ request, fault }) => request.method === "POST" && !fault)
    .map(({ request }) => /\\n\\n([\w ]+)"/.exec(JSON.stringify(request.body))?.[1] ?? "");

test("who waits comes first, each text is done once, and a fault is the client's to mend", async () => {
  await using fake = await fakeLlamacpp({ text: "In short.", faults: [{ name: "refuse" }] });
  await using nightly = submit("night one", "night two", "night one");
  await nightly.prints(/2 jobs submitted/);
  await using waited = submit("--interactive", "somebody waits");
  await waited.prints(/1 jobs submitted/);

  await using done = worker(fake.url, { PLACES: "1" });
  expect(await waited.ended).toBe(0);
  expect(await nightly.ended).toBe(0);
  expect(waited.printed()).toMatch(/^\w{8} done: \{"summary":"In short\.","outputTokens":\d+\}$/m);
  expect(asked(fake)).toEqual(["somebody waits", "night one", "night two"]);
  expect(fake.history.some(({ fault }) => fault === "refuse")).toBe(true); // and was sent again

  await using again = submit("night two");
  expect(await again.ended).toBe(0);
  expect(again.printed()).toContain("In short.");
  expect(asked(fake)).toHaveLength(3);

  done.signal("SIGTERM");
  expect(await done.ended).toBe(0);
});

test("what a worker was doing when it was killed, another does", async () => {
  await using fake = await fakeLlamacpp({ text: "word ".repeat(150), pauseMs: 10 });
  await using first = worker(fake.url);
  await first.prints(/ready/);
  await using submitted = submit("a long text");
  await submitted.prints(/characters/); // its progress
  first.signal("SIGKILL");
  expect(await first.ended).toBe("SIGKILL");
  await using second = worker(fake.url);
  expect(await submitted.ended).toBe(0);
  expect(submitted.printed()).toMatch(/done: \{"summary":"word /);
  expect(second.printed()).toContain("done");
  const ends = fake.history.filter(({ request }) => request.method === "POST").map(({ end }) => end);
  expect(ends).toEqual(["client-left", "completed"]);
});

test("a worker that is stopped finishes what it has", async () => {
  await using fake = await fakeLlamacpp({ text: "word ".repeat(100), pauseMs: 10 });
  await using stopped = worker(fake.url);
  await using submitted = submit("the last text");
  await stopped.prints(/begun/);
  stopped.signal("SIGTERM");
  expect(await stopped.ended).toBe(0);
  expect(await submitted.ended).toBe(0);
  expect(submitted.printed()).toContain("done");
});

test("a job that cannot be done says why", async () => {
  await using fake = await fakeLlamacpp({ faults: [{ name: "cut", atToken: 1 }] });
  await using failing = worker(fake.url);
  await using submitted = submit("a text that fails");
  expect(await submitted.ended).toBe(0);
  expect(submitted.printed()).toContain("failed: ");
  await using again = submit("a text that fails");
  expect(await again.ended).toBe(0);
  expect(again.printed()).toContain("done: "); // the server is well again
  expect(failing.printed()).toContain("failed: ");
});

test("a real llama-server does a job", async ({ skip }) => {
  const server = inject("llamacpp");
  if ("unavailable" in server) return skip(server.unavailable);
  await using willing = worker(server.url);
  await using submitted = submit("The cat sleeps on the windowsill all day, and hunts at night.");
  expect(await submitted.ended).toBe(0);
  expect(submitted.printed()).toMatch(/done: \{"summary":".+","outputTokens":\d+\}/);
  expect(willing.printed()).toContain("done");
});
