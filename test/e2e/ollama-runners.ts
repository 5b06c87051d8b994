import { readdirSync, readFileSync } from "node:fs";

/** A llama-server that an Ollama runs a model with. */
interface Runner {
  readonly pid: number;
  readonly port: string;
}

/** Resolves when none of an Ollama's runners generates; rejects after three seconds. Needs Linux, as all of this. */
export async function runnersFree(ollamaPid: number): Promise<void> {
  const until = performance.now() + 3_000;
  for (;;) {
    const busy = (await Promise.all(runnersOf(ollamaPid).map(isBusy))).filter(Boolean);
    if (busy.length === 0) return;
    if (performance.now() > until) throw new Error(`${busy.length} runners are still at work`);
    await new Promise((resolve) => setTimeout(resolve, 20)); // the server announces nothing
  }
}

/** Ends an Ollama's runners as a crash would. */
export function killRunners(ollamaPid: number): void {
  for (const { pid } of runnersOf(ollamaPid)) process.kill(pid, "SIGKILL");
}

function runnersOf(ollamaPid: number): readonly Runner[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === ollamaPid)
    .map((name) => ({ pid: Number(name), port: /--port\0(\d+)\0/.exec(contents(name, "cmdline"))?.[1] ?? "" }))
    .filter(({ port }) => port !== "");
}

function parentOf(name: string): number {
  return Number(/^PPid:\s*(\d+)/m.exec(contents(name, "status"))?.[1]);
}

function contents(name: string, file: string): string {
  try {
    return readFileSync(`/proc/${name}/${file}`, "utf8");
  } catch {
    return ""; // it has ended
  }
}

async function isBusy({ port }: Runner): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/slots`);
  const slots = (await response.json()) as readonly { readonly is_processing: boolean }[];
  return slots.some((slot) => slot.is_processing);
}
