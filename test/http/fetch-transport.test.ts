import { getEventListeners } from "node:events";

import { expect, test } from "vitest";

import { egressPolicy } from "../../src/governance/egress-policy.ts";
import { fetchTransport, type FetchFunction } from "../../src/http/fetch-transport.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { closed, failureOf, freePort, loopback, request, textOf, thrownBy } from "../support/loopback.ts";
import { chunk, event, finished, streamHead } from "../support/wire.ts";

const overFetch = () => fetchTransport((...call) => fetch(...call));

test("refused: connect", async () => {
  const error = await failureOf(overFetch().send(request(`http://127.0.0.1:${await freePort()}`)));
  expect(error.code).toBe("connect");
});

test("a policy is refused, for nobody here sees where fetch connects", () => {
  const policy = egressPolicy({ allow: ["loopback"] });
  const withOptions = fetchTransport as (...options: readonly unknown[]) => unknown;
  expect(thrownBy(() => withOptions(fetch, { policy })).code).toBe("invalid-request");
  const error = thrownBy(() => openaiCompatible({ baseURL: "http://127.0.0.1:1", transport: overFetch(), policy }));
  expect(error.code).toBe("invalid-request");
  expect(error.hint).toContain("createTransport()");
});

test("a body that is iterated is sent", async () => {
  let sent = "";
  const transport = fetchTransport(async (url, init) => {
    sent = await new Request(url, init).text();
    return new Response("");
  });
  const body = (async function* pieces() {
    yield* [Buffer.from("one"), Buffer.from("two")];
  })();
  await textOf(await transport.send(request("http://127.0.0.1:1", { method: "POST", body })));
  expect(sent).toBe("onetwo");
});

test("abort before the headers closes the connection and leaves no listener", async () => {
  const controller = new AbortController();
  const server = await loopback(() => controller.abort("enough"));
  const error = await failureOf(overFetch().send(request(server.origin, { signal: controller.signal })));
  expect(error).toMatchObject({ code: "abort", cause: "enough" });
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  await closed(server.requests[0]);
});

test("headers and idle limits are kept, and close the connection", async () => {
  const silent = await loopback(() => undefined);
  const slow = await failureOf(overFetch().send(request(silent.origin, { timeouts: { headersMs: 60 } })));
  expect(slow).toMatchObject({ code: "timeout", phase: "headers" });
  await closed(silent.requests[0]);
  const stalled = await loopback(({ socket }) => socket.write(Buffer.concat([Buffer.from(streamHead), chunk("a")])));
  const idle = overFetch().send(request(stalled.origin, { timeouts: { idleMs: 60 } }));
  expect(await failureOf(idle.then(textOf))).toMatchObject({ code: "timeout", phase: "idle" });
  await closed(stalled.requests[0]);
});

test("break, destroy() and release() close the connection", async () => {
  const server = await loopback(({ socket }) =>
    socket.write(Buffer.concat([Buffer.from(streamHead), chunk(event(finished()))])),
  );
  const left = await overFetch().send(request(server.origin));
  for await (const _ of left.body) break;
  await closed(server.requests[0]); // the request's own: Node's fetch opens another one, on speculation
  (await overFetch().send(request(server.origin))).destroy();
  await closed(server.requests[1]);
  (await overFetch().send(request(server.origin))).release();
  await closed(server.requests[2]);
});

test("a reply that was destroyed unread leaves no timer and no listener", async () => {
  const { signal } = new AbortController();
  const server = await loopback(({ socket }) => socket.write(streamHead));
  for (const end of ["destroy", "release"] as const) {
    const response = await overFetch().send(request(server.origin, { signal, timeouts: { idleMs: 60_000 } }));
    response[end]();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  }
});

test("close() ends running requests with closed", async () => {
  const transport = overFetch();
  const server = await loopback(() => void transport.close());
  expect((await failureOf(transport.send(request(server.origin)))).code).toBe("closed");
  expect((await failureOf(transport.send(request(server.origin)))).code).toBe("closed");
  expect(server.requests).toHaveLength(1);
});

test("something that is no function is refused", () => {
  expect(thrownBy(() => fetchTransport("fetch" as unknown as FetchFunction)).code).toBe("invalid-request");
});
