import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { HttpResponse, Transport } from "../../../src/core/transport.ts";
import { fetchModel } from "../../../src/deploy.ts";
import { InhouseError } from "../../../src/index.ts";
import { failureOf } from "../../support/loopback.ts";
import { modelMirror } from "../../support/model-mirror.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const source = { huggingFace: "a/b", endpoint: "https://models.example" };

/** A transport that answers each request by a redirect, but where its policy forbids the origin. */
function redirecting(location: (origin: string) => string) {
  const origins: string[] = [];
  const keys: (string | undefined)[] = [];
  const transport: Transport = {
    send({ origin, headers }) {
      origins.push(origin);
      keys.push(headers["authorization"]);
      if (origin.includes("forbidden")) return Promise.reject(new InhouseError("policy", `${origin} is not allowed.`));
      const response: HttpResponse = {
        status: 307,
        headers: { location: location(origin) },
        body: (async function* none() {})(),
        release: () => undefined,
        destroy: () => undefined,
      };
      return Promise.resolve(response);
    },
    close: () => Promise.resolve(),
  };
  return { transport, origins, keys };
}

test("a redirect from https to http is not followed", async () => {
  const { transport, origins } = redirecting(() => "http://models.example/x");
  const failure = await failureOf(fetchModel(source, { to: writtenFolder({}), transport, maxRetries: 0 }));
  expect([failure.code, origins]).toEqual(["redirect", ["https://models.example"]]);
});

test("each step of a redirect meets the policy, and the key goes to the first origin alone", async () => {
  const { transport, origins, keys } = redirecting((origin) =>
    origin.includes("models") ? "https://cdn.example/x" : "https://forbidden.example/x",
  );
  const failure = await failureOf(fetchModel(source, { to: writtenFolder({}), transport, apiKey: "secret-key" }));
  expect(failure.code).toBe("policy");
  expect(origins).toEqual(["https://models.example", "https://cdn.example", "https://forbidden.example"]);
  expect(keys).toEqual(["Bearer secret-key", undefined, undefined]);
});

test("five redirects are followed, and no sixth", async () => {
  const { transport, origins } = redirecting(() => "/again");
  expect((await failureOf(fetchModel(source, { to: writtenFolder({}), transport }))).code).toBe("redirect");
  expect(origins).toHaveLength(6);
});

test("the lock of a process that was killed is taken over, a living one's is waited for", async () => {
  const mirror = await modelMirror({ files: { "m.gguf": Buffer.from("weights") } });
  const to = writtenFolder({ "inhouse-model.lock": "1 another" });
  const lock = join(to, "inhouse-model.lock");
  const controller = new AbortController();
  const waited = fetchModel(
    { huggingFace: "a/b", endpoint: mirror.url },
    {
      to,
      signal: controller.signal,
      onProgress: ({ task }) => task.startsWith("waiting for another process") && controller.abort(),
    },
  );
  expect((await failureOf(waited)).code).toBe("abort");
  expect(mirror.requests).toEqual([]);

  writeFileSync(lock, "1 another");
  const before = new Date(Date.now() - 60_000);
  utimesSync(lock, before, before);
  await fetchModel({ huggingFace: "a/b", endpoint: mirror.url }, { to });
});
