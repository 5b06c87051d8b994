import { once } from "node:events";

import { exitOf, startLeashed, type LeashedProcess } from "../../src/deploy/launch/leashed-process.ts";
import { residentBytes } from "./resident.ts";

/** What a llama-server reported of its memory, in bytes. */
export interface ObservedMemory {
  readonly weights: number;
  readonly rearranged: number;
  readonly cache: number;
  readonly compute: number;
  readonly output: number;
}

const MEBIBYTE = 1_048_576;
const LISTENING = /listening on (http:\S+)/;

/** Starts a llama-server with arguments, reads what it logs of its buffers, and ends it when it is ready. */
export async function observeLlamacpp(server: string, model: string, args: readonly string[]): Promise<ObservedMemory> {
  const { log } = await started(server, ["-m", model, "--no-warmup", ...args], () => Promise.resolve());
  return bufferSizes(log);
}

/** Starts a llama-server, has it read a prompt of so many tokens, and says what it holds in main memory then. */
export async function residentLlamacpp(
  server: string,
  model: string,
  promptTokens: number,
  args: readonly string[],
): Promise<number> {
  const { result } = await started(server, ["-m", model, "--cache-ram", "0", ...args], async (url, pid) => {
    await read(url, promptTokens);
    return await residentBytes([pid]);
  });
  return result;
}

/** What a llama-server holds that waits for a model. */
export async function idleLlamacpp(server: string): Promise<number> {
  const { result } = await started(server, [], (_, pid) => residentBytes([pid]));
  return result;
}

/** The buffers that a llama-server's log names. */
export function bufferSizes(log: string): ObservedMemory {
  const sum = (pattern: RegExp): number =>
    [...log.matchAll(pattern)].reduce((total, [, mebibytes]) => total + Number(mebibytes) * MEBIBYTE, 0);
  return {
    weights: sum(/CPU(?:_Mapped)? model buffer size = +([\d.]+) MiB/g),
    rearranged: sum(/CPU_REPACK model buffer size = +([\d.]+) MiB/g),
    cache: sum(/ (?:KV|RS) buffer size = +([\d.]+) MiB/g),
    compute: sum(/ compute buffer size = +([\d.]+) MiB/g),
    output: sum(/ output buffer size = +([\d.]+) MiB/g),
  };
}

async function read(url: string, promptTokens: number): Promise<void> {
  const prompt = Array.from({ length: promptTokens }, (_, place) => 100 + ((place * 7) % 30_000));
  const response = await fetch(`${url}/completion`, { method: "POST", body: JSON.stringify({ prompt, n_predict: 1 }) });
  if (!response.ok) throw new Error(`llama-server did not read the prompt: ${await response.text()}`);
  await response.arrayBuffer();
}

async function started<T>(
  server: string,
  args: readonly string[],
  work: (url: string, pid: number) => Promise<T>,
): Promise<{ readonly log: string; readonly result: T }> {
  const fixed = ["--host", "127.0.0.1", "--port", "0", "-t", "1", "-lv", "4"];
  const child = startLeashed(server, [...fixed, ...args], { env: process.env });
  const ended = exitOf(child);
  try {
    const { url, log } = await listening(child, ended);
    const result = await work(url, child.pid ?? 0);
    return { log: log(), result };
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** Its address, which it logs when the model is loaded, and all that it has logged. */
async function listening(child: LeashedProcess, ended: Promise<unknown>): Promise<{ url: string; log: () => string }> {
  let log = "";
  const ready = new AbortController();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      log += text;
      if (LISTENING.test(log)) ready.abort();
    });
  }
  if (!ready.signal.aborted) await Promise.race([once(ready.signal, "abort"), ended]);
  const [, url] = LISTENING.exec(log) ?? [];
  if (url === undefined) throw new Error(`llama-server did not start: ${log.slice(-500)}`);
  return { url, log: () => log };
}
