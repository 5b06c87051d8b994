import type { Client } from "../../src/client/client.ts";
import type { TextStream } from "../../src/client/text-stream.ts";
import { tool } from "../../src/client/tools/typed-tool.ts";
import { isInhouseError } from "../../src/core/error.ts";
import type { Random } from "../support/random.ts";

/** How a call ended. */
export interface CallEnd {
  readonly kind: string;
  /** `result`, `left`, the code of its error, or `foreign: …` for what no call may end with. */
  readonly ended: string;
  /** What was delivered; undefined where a call delivers no text. */
  readonly text?: string;
  /** When its reader left, or aborted it. */
  readonly leftAt?: number;
}

const clock = tool({ name: "clock", description: "The time.", parameters: { type: "object" }, execute: () => "noon" });

type Run = (client: Client, call: number, random: Random) => Promise<Omit<CallEnd, "kind">>;

const timeout = { idleMs: 150 };

/** Every kind of call; each resolves when its call has ended, however it did. */
const kinds: Readonly<Record<string, Run>> = {
  chat: (client, call) => ending(async () => (await client.chat({ messages: `call ${call}`, timeout })).text),
  stream: (client, call) => read(client.stream({ messages: `call ${call}`, timeout })),
  "slow reader": (client, call, random) =>
    read(client.stream({ messages: `call ${call}`, timeout }), { pauseMs: random.int(15) }),
  break: (client, call, random) =>
    read(client.stream({ messages: `call ${call}`, timeout }), { leaveAt: random.int(6) }),
  abort: async (client, call, random) => {
    const controller = new AbortController();
    let leftAt: number | undefined;
    const timer = setTimeout(() => {
      leftAt = performance.now();
      controller.abort();
    }, random.int(40));
    const end = await read(client.stream({ messages: `call ${call}`, timeout, signal: controller.signal }));
    clearTimeout(timer);
    return leftAt !== undefined && end.ended === "abort" ? { ...end, leftAt } : end;
  },
  "total limit": (client, call, random) =>
    read(client.stream({ messages: `call ${call}`, timeout: { ...timeout, totalMs: 1 + random.int(60) } })),
  tools: (client, call) =>
    ending(async () => (await client.streamTools({ messages: `call ${call}`, tools: [clock], timeout }).result).text),
  embed: (client) =>
    ending(async () => {
      const { embeddings } = await client.embed({ input: ["a", "b", "c"], batchSize: 2, timeout });
      if (embeddings.length !== 3) throw new Error("Vectors are missing.");
      return undefined;
    }),
};

export const kindNames: readonly string[] = Object.keys(kinds);

/** Makes one call and tells how it ended. */
export async function makeCall(kind: string, client: Client, call: number, random: Random): Promise<CallEnd> {
  const run = kinds[kind];
  if (!run) throw new Error(`There is no kind "${kind}".`);
  return { kind, ...(await run(client, call, random)) };
}

/** Reads a stream event by event, and checks that its result ends as the loop did. */
async function read(
  stream: TextStream<{ readonly text: string }>,
  { leaveAt, pauseMs = 0 }: { readonly leaveAt?: number; readonly pauseMs?: number } = {},
): Promise<Omit<CallEnd, "kind">> {
  const { result } = stream;
  let text = "";
  let leftAt: number | undefined;
  let deltas = 0;
  const end = await ending(async () => {
    for await (const piece of stream.text) {
      text += piece;
      deltas += 1;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (leaveAt === undefined || deltas <= leaveAt) continue;
      leftAt = performance.now();
      break;
    }
    return text;
  });
  const settled = await ending(async () => (await result).text);
  if (leftAt !== undefined) return { ended: "left", text, leftAt };
  if (settled.ended !== end.ended)
    return { ended: `foreign: the loop ended with ${end.ended}, the result with ${settled.ended}` };
  return { ended: end.ended, text };
}

async function ending(work: () => Promise<string | undefined>): Promise<Omit<CallEnd, "kind">> {
  try {
    const text = await work();
    return text === undefined ? { ended: "result" } : { ended: "result", text };
  } catch (error) {
    if (!isInhouseError(error)) return { ended: `foreign: ${String(error)}` };
    return error.partial ? { ended: error.code, text: error.partial.text } : { ended: error.code };
  }
}
