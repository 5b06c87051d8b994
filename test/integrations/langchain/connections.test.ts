import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

import { BaseLanguageModel } from "@langchain/core/language_models/base";
import { HumanMessage, trimMessages } from "@langchain/core/messages";
import { expect, onTestFinished, test, vi } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { ChatInhouse, InhouseEmbeddings } from "../../../src/integrations/langchain/index.ts";
import { llamacpp } from "../../../src/providers/llamacpp/index.ts";
import { fakeLlamacpp } from "../../../src/testing/fake-llamacpp.ts";

/** Every socket that this process opens, whoever does it, as `host:port`; a global fetch fails, and is not tried again. */
function watched(): ReadonlySet<string> {
  const places = new Set<string>();
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    socket.once("lookup", (_error, _address, _family, host) => places.add(host));
    socket.once("connect", () => places.add(`${socket.remoteAddress}:${socket.remotePort}`));
  };
  subscribe("net.client.socket", onSocket);
  const refused = Object.assign(new Error("The global fetch was called."), { name: "AbortError" });
  vi.stubGlobal("fetch", () => Promise.reject(refused));
  onTestFinished(() => {
    unsubscribe("net.client.socket", onSocket);
    vi.unstubAllGlobals();
  });
  return places;
}

test("nothing is connected to but the server: tokens are counted there, and not by a list from a CDN", async () => {
  const places = watched();
  await using server = await fakeLlamacpp();
  await using client = createClient({ provider: llamacpp({ baseURL: server.url }) });
  const model = new ChatInhouse({ client });
  const warn = vi.spyOn(console, "warn").mockReturnValue(); // LangChain's own way to say that it guessed
  onTestFinished(() => warn.mockRestore());

  expect(await model.getNumTokens("one two three")).toBeGreaterThan(0);
  await trimMessages([new HumanMessage("one"), new HumanMessage("two")], { maxTokens: 100, tokenCounter: model });
  await model.invoke("Hello");
  for await (const _ of await model.stream("Hello"));
  await model.loadProfile();
  await new InhouseEmbeddings({ client }).embedQuery("Hello");

  const { hostname, port } = new URL(server.url);
  expect([...places]).toEqual([`${hostname}:${port}`]);
  expect(warn).not.toHaveBeenCalled();

  // What was not seen would have been: LangChain's own count is that guess.
  await BaseLanguageModel.prototype.getNumTokens.call(model, "one two three");
  expect(warn).toHaveBeenCalledTimes(1);
});
