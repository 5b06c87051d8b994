import { readdir, readFile, readlink } from "node:fs/promises";
import { basename, join } from "node:path";

import { optionOf } from "../../core/command-line.ts";

/** What the kernel tells of a process. What this user may not read is left empty, and named in `unreadable`. */
export interface ServerProcess {
  readonly pid: number;
  /** The command line. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Paths of the files that it has open or mapped into its memory; one that was replaced since ends with ` (deleted)`. */
  readonly files: readonly string[];
  /** Inodes of its sockets. */
  readonly sockets: ReadonlySet<number>;
  readonly unreadable: readonly ("environ" | "fd" | "maps")[];
  /** The value of the last of these options on the command line, empty where it has none; nothing where none is there. */
  option(...names: readonly string[]): string | undefined;
}

/**
 * A process and what belongs to it: its descendants, and the whole process group where it leads one. What ends while it is
 * looked at is left out. Resolves to an empty list where there is no such process.
 */
export async function serverProcesses(pid: number, proc = "/proc"): Promise<readonly ServerProcess[]> {
  const all = await processTable(proc);
  const root = all.find((entry) => entry.pid === pid);
  if (!root) return [];
  const members = new Set([pid]);
  if (root.group === pid) for (const entry of all) if (entry.group === pid) members.add(entry.pid);
  for (let size = 0; size < members.size;) {
    size = members.size;
    for (const entry of all) if (members.has(entry.parent)) members.add(entry.pid);
  }
  const others = [...members].filter((member) => member !== pid).toSorted((a, b) => a - b);
  const looked = await Promise.all([pid, ...others].map((member) => processOf(member, proc)));
  return looked.filter((process) => process !== undefined);
}

/** The process that has one of these sockets, of several the one that the others descend from. */
export async function processWithSocket(inodes: ReadonlySet<number>, proc = "/proc"): Promise<number | undefined> {
  const all = await processTable(proc);
  const owners = new Map<number, number>();
  for (const { pid, parent } of all) {
    const links = await linksOf(join(proc, String(pid), "fd"));
    if (links?.some((link) => inodes.has(socketInode(link) ?? -1))) owners.set(pid, parent);
  }
  return [...owners].find(([, parent]) => !owners.has(parent))?.[0];
}

/** Whether a process runs a program of that name, itself or as the script of an interpreter. */
export function runsProgram({ arguments: [program = "", script = ""] }: ServerProcess, name: string): boolean {
  return [program, script].some((word) => basename(word).includes(name));
}

interface TableEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

async function processTable(proc: string): Promise<readonly TableEntry[]> {
  const names = (await readdir(proc).catch(gone)) ?? [];
  const entries = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name): Promise<TableEntry | undefined> => {
        const stat = await readFile(join(proc, name, "stat"), "utf8").catch(gone);
        if (stat === undefined) return undefined;
        // The program's name stands in parentheses and may have some itself.
        const [, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return { pid: Number(name), parent: Number(parent), group: Number(group) };
      }),
  );
  return entries.filter((entry) => entry !== undefined);
}

async function processOf(pid: number, proc: string): Promise<ServerProcess | undefined> {
  const folder = join(proc, String(pid));
  const [command, environ, maps, links] = await Promise.all([
    readFile(join(folder, "cmdline"), "utf8").catch(gone),
    readFile(join(folder, "environ"), "utf8").catch(gone),
    readFile(join(folder, "maps"), "utf8").catch(gone),
    linksOf(join(folder, "fd")),
  ]);
  if (command === undefined) return undefined;
  const words = command.split("\0").filter((word, index, list) => word !== "" || index < list.length - 1);
  const mapped = (maps ?? "").matchAll(/^(?:\S+\s+){5}(\/.*)$/gm);
  const opened = (links ?? []).filter((link) => link.startsWith("/"));
  const sockets = (links ?? []).map(socketInode).filter((inode) => inode !== undefined);
  return {
    pid,
    arguments: words,
    environment: environmentOf(environ ?? ""),
    files: [...new Set([...[...mapped].map(([, path = ""]) => path), ...opened])],
    sockets: new Set(sockets),
    unreadable: [
      ...(environ === undefined ? (["environ"] as const) : []),
      ...(links === undefined ? (["fd"] as const) : []),
      ...(maps === undefined ? (["maps"] as const) : []),
    ],
    option: (...names) => optionOf(words, ...names),
  };
}

/** What the descriptors of a process are; nothing where this user may not see them, or the process has ended. */
async function linksOf(folder: string): Promise<readonly string[] | undefined> {
  const names = await readdir(folder).catch(gone);
  if (names === undefined) return undefined;
  const links = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(gone)));
  return links.filter((link) => link !== undefined);
}

function socketInode(link: string): number | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
  return inode === undefined ? undefined : Number(inode);
}

function environmentOf(text: string): Readonly<Record<string, string>> {
  const settings = text.split("\0").filter((line) => line.includes("="));
  return Object.fromEntries(
    settings.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** A process may end between two looks at it, and those of other users are not open to all. */
function gone(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (["ENOENT", "ENOTDIR", "ESRCH", "EACCES", "EPERM", "EIO"].includes(String(code))) return undefined;
  throw error;
}
