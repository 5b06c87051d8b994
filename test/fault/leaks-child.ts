/**
 * Makes calls of every kind at a server, under one signal, and prints what is left of them; run with --expose-gc.
 *
 *     node --expose-gc --import tsx test/fault/leaks-child.ts ORIGIN CALLS
 */
import { getEventListeners } from "node:events";

import { createClient, type Client } from "../../src/client/client.ts";
import { isInhouseError } from "../../src/core/error.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";

/** What was left when every call was over and the clients were closed. */
export interface Left {
  readonly calls: number;
  readonly heapMiB: number;
  readonly sockets: number;
  readonly timers: number;
  readonly listeners: number;
  readonly warnings: readonly string[];
  readonly unhandled: readonly string[];
  readonly foreign: readonly string[];
}

const [origin = "", count = "1000"] = process.argv.slice(2);
const { signal } = new AbortController();
const warnings: string[] = [];
const unhandled: string[] = [];
const foreign: string[] = [];
process.on("warning", (warning) => warnings.push(String(warning)));
process.on("unhandledRejection", (reason) => unhandled.push(String(reason)));

const clientsAt = (place: string): readonly Client[] => [
  createClient({ provider: openaiCompatible({ baseURL: `${origin}/${place}/v1` }), model: "m", maxRetries: 0 }),
  createClient({ provider: ollama({ baseURL: `${origin}/${place}/lines` }), model: "m", maxRetries: 0 }),
];
const well = clientsAt("well");
const open = clientsAt("open");
const cut = clientsAt("cut");
const failing = clientsAt("failing");

const at = (clients: readonly Client[], index: number): Client => clients[index % clients.length] as Client;
const ask = { messages: "Hi", signal };

/** Leaves a stream that the server leaves open, in one of three ways. */
async function leave(client: Client, how: number): Promise<void> {
  const controller = new AbortController();
  const stream = client.stream({ messages: "Hi", signal: how === 0 ? controller.signal : signal });
  for await (const { type } of stream) {
    if (type !== "text-delta") continue;
    if (how === 0) controller.abort();
    else if (how === 1) break;
    else throw new Error("the reader's own");
  }
}

const kinds: readonly ((index: number) => Promise<unknown>)[] = [
  (index) => at(well, index).stream(ask).result,
  (index) => at(well, index).chat(ask),
  async (index) => {
    for await (const _ of at(well, index).stream(ask).text);
  },
  (index) => leave(at(open, index), index % 3),
  (index) => at(cut, index).stream(ask).result,
  (index) => at(failing, index).chat(ask),
  (index) => at(open, index).chat({ ...ask, timeout: { totalMs: 20 } }),
];

async function run(calls: number): Promise<void> {
  const waiting = Array.from({ length: calls }, (_, index) => index).values();
  const worker = async (): Promise<void> => {
    for (const index of waiting) {
      await kinds[index % kinds.length]?.(Math.floor(index / kinds.length)).catch((error: unknown) => {
        if (!isInhouseError(error) && String(error) !== "Error: the reader's own") foreign.push(String(error));
      });
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

async function heap(): Promise<number> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

const calls = Number(count);
await run(500);
const before = await heap();
await run(calls);
const heapMiB = ((await heap()) - before) / 1024 / 1024;
const listeners = getEventListeners(signal, "abort").length;
for (const client of [...well, ...open, ...cut, ...failing]) await client.close();
await new Promise((resolve) => setTimeout(resolve, 50));
const resources = process.getActiveResourcesInfo();
const left: Left = {
  calls,
  heapMiB,
  sockets: resources.filter((name) => name === "TCPSocketWrap").length,
  timers: resources.filter((name) => name === "Timeout").length,
  listeners,
  warnings,
  unhandled,
  foreign: [...new Set(foreign)],
};
process.stdout.write(`${JSON.stringify(left)}\n`);
