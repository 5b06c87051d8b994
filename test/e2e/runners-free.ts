import { readdirSync, readFileSync } from "node:fs";

/** Resolves when none of the llama-servers that an Ollama runs generates; rejects after three seconds. Needs Linux. */
export async function runnersFree(pid: number): Promise<void> {
  const until = performance.now() + 3_000;
  for (;;) {
    const busy = (await Promise.all(portsOf(pid).map(isBusy))).filter(Boolean);
    if (busy.length === 0) return;
    if (performance.now() > until) throw new Error(`${busy.length} runners are still at work`);
    await new Promise((resolve) => setTimeout(resolve, 20)); // the server announces nothing
  }
}

/** The ports of its children, by their command lines. */
function portsOf(pid: number): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .flatMap((name) => /--port\0(\d+)\0/.exec(contents(name, "cmdline"))?.[1] ?? []);
}

function parentOf(name: string): number {
  return Number(/^PPid:\s*(\d+)/m.exec(contents(name, "status"))?.[1]);
}

function contents(process: string, file: string): string {
  try {
    return readFileSync(`/proc/${process}/${file}`, "utf8");
  } catch {
    return ""; // it has ended
  }
}

async function isBusy(port: string): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/slots`);
  const slots = (await response.json()) as readonly { readonly is_processing: boolean }[];
  return slots.some((slot) => slot.is_processing);
}
