import { getEventListeners } from "node:events";

import { describe, expect, test, vi } from "vitest";

import { createClient } from "../../src/client/client.ts";
import { abortError } from "../../src/core/error.ts";
import { scripted, stubProvider } from "../support/canned.ts";
import { failureOf } from "../support/loopback.ts";

/** A client of a server that answers no question, until the question is aborted. */
function silentClient() {
  const asked: AbortSignal[] = [];
  const never = (signal: AbortSignal | undefined): Promise<never> =>
    new Promise((_, reject) => {
      if (!signal) throw new Error("There is no signal.");
      asked.push(signal);
      if (signal.aborted) reject(abortError(signal));
      signal.addEventListener("abort", () => reject(abortError(signal)), { once: true });
    });
  const provider = stubProvider(scripted([]), { models: never, describe: (_, signal) => never(signal), health: never });
  return { client: createClient({ provider }), asked };
}

describe("many questions under one signal", () => {
  test("listen to it once, and are all ended by it", async () => {
    const { client, asked } = silentClient();
    const controller = new AbortController();
    const { signal } = controller;
    const questions = Array.from({ length: 5 }, () => [
      client.models(signal),
      client.describe("m", signal),
      client.health(signal),
      client.waitUntilReady({ signal }),
    ]).flat();
    const outcomes = Promise.allSettled(questions);
    await vi.waitFor(() => expect(asked).toHaveLength(16)); // of those who wait, one asks for all
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    controller.abort("enough");
    const reasons = (await outcomes).map((outcome) => outcome.status === "rejected" && outcome.reason);
    expect(reasons).toHaveLength(20);
    for (const reason of reasons) expect(reason).toMatchObject({ code: "abort", cause: "enough" });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("leave nothing when they are answered", async () => {
    const client = createClient({ provider: stubProvider(scripted([])) });
    const { signal } = new AbortController();
    const questions = Array.from({ length: 12 }, () => client.models(signal));
    await Promise.all(questions);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

test("a question under a signal that was aborted before ends at once", async () => {
  const { client } = silentClient();
  expect(await failureOf(client.models(AbortSignal.abort("before")))).toMatchObject({ code: "abort" });
});

test("what is no signal is refused", async () => {
  const { client, asked } = silentClient();
  const error = await failureOf(client.models(new AbortController() as unknown as AbortSignal));
  expect(error).toMatchObject({ code: "invalid-request", message: expect.stringContaining("AbortSignal") });
  expect(asked).toHaveLength(0);
});
