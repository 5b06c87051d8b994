import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { expect, onTestFinished, test, vi } from "vitest";

import type { HttpResponse, Transport } from "../../src/core/transport.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { loopback, request } from "../support/loopback.ts";
import { chunk, streamHead } from "../support/wire.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Sends a request that nobody else keeps. */
async function sent(transport: Transport, origin: string): Promise<readonly [HttpResponse, WeakRef<object>]> {
  const prompt = request(origin, { method: "POST", body: "a long prompt" });
  return [await transport.send(prompt), new WeakRef(prompt)];
}

test("nothing keeps a request while its reply comes", async () => {
  const server = await loopback(({ socket }) => socket.write(Buffer.concat([Buffer.from(streamHead), chunk("a")])));
  const transport = createTransport();
  onTestFinished(() => transport.close());
  const [response, kept] = await sent(transport, server.origin);
  await response.body[Symbol.asyncIterator]().next();
  await vi.waitFor(() => {
    collectGarbage();
    expect(kept.deref() === undefined).toBe(true); // an error of the assertion would keep it
  });
  response.destroy();
});
