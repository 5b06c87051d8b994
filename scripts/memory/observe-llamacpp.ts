import { startLeashed } from "../../src/deploy/leashed-process.ts";

/** What a llama-server reported of its memory, in bytes. */
export interface ObservedMemory {
  readonly weights: number;
  readonly rearranged: number;
  readonly cache: number;
  readonly compute: number;
  readonly output: number;
}

const MEBIBYTE = 1_048_576;

/** Starts a llama-server with arguments, reads what it logs of its buffers, and ends it when it is ready. */
export async function observeLlamacpp(server: string, model: string, args: readonly string[]): Promise<ObservedMemory> {
  const fixed = ["-m", model, "--host", "127.0.0.1", "--port", "0", "-t", "1", "-lv", "4", "--no-warmup"];
  const child = startLeashed(server, [...fixed, ...args], { env: process.env });
  let log = "";
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      log += text;
      if (log.includes("listening on http")) child.kill("SIGKILL");
    });
  }
  await ended;
  if (!log.includes("listening on http")) throw new Error(`llama-server did not start: ${log.slice(-500)}`);
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
