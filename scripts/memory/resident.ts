import { readdir, readFile } from "node:fs/promises";

const KIBIBYTE = 1_024;

/**
 * What processes hold in main memory, in bytes (`Pss` of Linux): their own pages, and of pages that several processes have,
 * a program's code or a mapped file, each its share. So the sum over processes counts no page twice.
 */
export async function residentBytes(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map((pid) => proportionalBytes(pid)));
  return each.reduce((sum, bytes) => sum + bytes, 0);
}

async function proportionalBytes(pid: number): Promise<number> {
  const told = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss: +(\d+) kB/m.exec(told)?.[1] ?? 0) * KIBIBYTE;
}

/** The processes that have a variable in their environment, and were started with it. */
export async function processesWith(variable: string): Promise<readonly number[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const environment = await readFile(`/proc/${name}/environ`, "latin1").catch(() => "");
      return environment.split("\0").includes(variable) ? [Number(name)] : [];
    }),
  );
  return found.flat();
}
