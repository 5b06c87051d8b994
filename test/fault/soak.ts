import { createClient, type Client } from "../../src/client/client.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import { random } from "../support/random.ts";
import { kindNames, makeCall, type CallEnd } from "./soak-calls.ts";
import { moods, soakServer, type Mood, type Said } from "./soak-server.ts";

/** What a soak saw. */
export interface SoakReport {
  readonly seed: number;
  readonly calls: number;
  readonly requests: number;
  /** How often calls ended in each way. */
  readonly ends: Readonly<Record<string, number>>;
  /** How often the server fell into each mood. */
  readonly moods: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
  /** From leaving or aborting to the server's seeing it, in milliseconds, in order. */
  readonly closeMs: readonly number[];
  /** Heap at the end over the heap after a fifth of the time, in MiB; only with --expose-gc. */
  readonly heapMiB: number | undefined;
}

/** How long a soak takes, and how often the server's mood changes, in milliseconds. */
export interface SoakOptions {
  readonly seed: number;
  readonly ms: number;
  readonly moodMs: number;
  /** Calls at a time. Default 16. */
  readonly parallel?: number;
}

/** What takes longer, in milliseconds, hangs. */
const longestCallMs = 20_000;
/** Most heap that the calls may have left, in MiB. */
const mostHeapMiB = 16;

/**
 * Makes calls of all kinds at a server whose mood changes, and checks the history of each. Laws: every call ends once, and
 * by an error of ours or its result; what was delivered is what one answer of the server's began with, and a result is one
 * whole answer; nothing is left running; the heap does not grow.
 */
export async function soak({ seed, ms, moodMs, parallel = 16 }: SoakOptions): Promise<SoakReport> {
  const choices = random(seed);
  const server = await soakServer(choices.fork());
  const options = { model: "m", maxRetries: 2 };
  const clients: readonly Client[] = [
    createClient({ provider: openaiCompatible({ baseURL: server.origin }), ...options }),
    createClient({ provider: ollama({ baseURL: server.origin }), ...options }),
  ];
  const ends: Record<string, number> = {};
  const moodCounts: Record<string, number> = {};
  const broken: string[] = [];
  const closeMs: number[] = [];
  let calls = 0;
  const begun = performance.now();
  const over = (): boolean => performance.now() - begun > ms || broken.length >= 10;

  function check(call: number, end: CallEnd): void {
    const said = server.take(call);
    const wrong = violation(end, said);
    if (wrong) broken.push(`call ${call} (${end.kind}, ended: ${end.ended}): ${wrong}`);
    ends[end.ended] = (ends[end.ended] ?? 0) + 1;
  }

  async function work(): Promise<void> {
    const own = choices.fork();
    while (!over()) {
      const call = (calls += 1);
      const kind = own.pick(kindNames);
      const end = await unlessItHangs(kind, makeCall(kind, own.pick(clients), call, own));
      if (end.leftAt !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, 10)); // for the server to see it
        const seen = server.leftAt(call);
        if (seen !== undefined) closeMs.push(Math.max(0, seen - end.leftAt));
      }
      check(call, end);
    }
  }

  async function nemesis(): Promise<void> {
    const own = choices.fork();
    for (let turn = 0; !over(); turn += 1) {
      const mood: Mood = turn % 2 === 0 ? "well" : own.pick(moods); // well again in between
      await server.setMood(mood);
      moodCounts[mood] = (moodCounts[mood] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, moodMs / 2 + own.int(moodMs)));
    }
    await server.setMood("well");
  }

  const heap = heapAt(ms / 5);
  await Promise.all([nemesis(), ...Array.from({ length: parallel }, work)]);
  for (const client of clients) await client.close();
  await server.close();
  const heapMiB = await heap();
  if (heapMiB !== undefined && heapMiB > mostHeapMiB) broken.push(`${heapMiB} MiB of heap were left`);
  return {
    seed,
    calls,
    requests: server.requests(),
    ends,
    moods: moodCounts,
    broken,
    closeMs: closeMs.toSorted((a, b) => a - b),
    heapMiB,
  };
}

/** What of the laws a call broke. */
function violation({ ended, text }: CallEnd, said: readonly Said[]): string | undefined {
  if (ended.startsWith("foreign")) return ended;
  if (text === undefined || text === "") return undefined;
  const tokens = text.trim().split(" ");
  if (new Set(tokens).size !== tokens.length) return `a token came twice: ${text}`;
  const source = said.find((answer) => answer.text.startsWith(text));
  if (!source) return `${JSON.stringify(text)} was delivered, said was ${JSON.stringify(said)}`;
  if (ended !== "result") return undefined;
  const complete = said.some((answer) => answer.whole && answer.text === text);
  return complete ? undefined : `a result without its end: ${JSON.stringify(text)} of ${JSON.stringify(said)}`;
}

/** How a call ends, or what is said of one that never does. Nothing of a call that has ended is kept. */
function unlessItHangs(kind: string, call: Promise<CallEnd>): Promise<CallEnd> {
  const ended = `foreign: it has not ended after ${longestCallMs} ms`;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve({ kind, ended }), longestCallMs);
    void call.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Looks at the heap some time from now, and again when it is called. */
function heapAt(delayMs: number): () => Promise<number | undefined> {
  let before: number | undefined;
  const collect = (): number | undefined => {
    globalThis.gc?.();
    return globalThis.gc ? process.memoryUsage().heapUsed / 1024 / 1024 : undefined;
  };
  const timer = setTimeout(() => (before = collect()), delayMs);
  return async () => {
    clearTimeout(timer);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = collect();
    return before === undefined || after === undefined ? undefined : Math.max(0, after - before);
  };
}
