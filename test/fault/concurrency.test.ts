import { expect, onTestFinished, test } from "vitest";

import { createClient } from "../../src/client/client.ts";
import { concurrencyLimit } from "../../src/client/patience/concurrency-limit.ts";
import { isInhouseError } from "../../src/core/error.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { closed, failureOf, loopback } from "../support/loopback.ts";
import { chatStream, delta, event, reply } from "../support/wire.ts";
import { begin, whole } from "./fault.ts";

test("row 103, more calls than places: never more requests at the server, failures give places back", async () => {
  let running = 0;
  let most = 0;
  const server = await loopback((arrived) => {
    running += 1;
    most = Math.max(most, running);
    setTimeout(() => {
      running -= 1;
      if (arrived.number % 5 === 0) arrived.socket.end(reply("", 500, { connection: "close" }));
      else if (arrived.number % 7 === 0) arrived.socket.destroy();
      else whole(arrived, chatStream("fine"));
    }, 2);
  });
  const places = concurrencyLimit({ max: 3 });
  const clients = [1, 2].map(() =>
    createClient({ provider: llamacpp({ baseURL: server.origin }), concurrency: places, maxRetries: 0 }),
  );
  onTestFinished(async () => void (await Promise.all(clients.map((client) => client.close()))));
  const calls = clients.flatMap((client) => Array.from({ length: 30 }, () => client.chat({ messages: "Hi" })));
  const outcomes = await Promise.all(
    calls.map((call) =>
      call.then(
        ({ text }) => text,
        (error: unknown) => isInhouseError(error) && error.code,
      ),
    ),
  );
  expect(most).toBe(3);
  // A kept connection that closes at once had grown stale, for all the client can know: that request is sent again.
  expect(outcomes.filter((outcome) => !["fine", "server", "reset"].includes(String(outcome)))).toEqual([]);
  expect(outcomes).toContain("fine");
  expect(outcomes).toContain("server");
  expect([places.running(), places.waiting()]).toEqual([0, 0]);
});

test("rows 92, 93, in the queue: abort and break send nothing, and the next one gets the place", async () => {
  const server = await loopback((arrived) =>
    arrived.number === 1 ? begin(arrived, event(delta("a"))) : whole(arrived, chatStream("fine")),
  );
  const client = createClient({ provider: llamacpp({ baseURL: server.origin }), concurrency: 1 });
  onTestFinished(() => client.close());
  const open = client.stream({ messages: "open" }).text[Symbol.asyncIterator]();
  await open.next();
  const controller = new AbortController();
  const aborted = failureOf(client.chat({ messages: "aborted", signal: controller.signal }));
  for await (const { type } of client.stream({ messages: "left" })) if (type === "progress") break;
  controller.abort();
  expect((await aborted).code).toBe("abort");
  const last = client.chat({ messages: "last" });
  await open.return?.();
  await closed(server.requests[0]);
  expect((await last).text).toBe("fine");
  expect(server.requests).toHaveLength(2);
});
