import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** A process as a folder of `/proc` has it. */
export interface WrittenProcess {
  readonly pid: number;
  readonly parent?: number;
  /** Default: its own. */
  readonly group?: number;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Files that it has mapped. */
  readonly maps?: readonly string[];
  /** What its descriptors are: `socket:[12]`, `/dev/null`. */
  readonly open?: readonly string[];
  /** Left out, as they are of a process that ends while it is looked at. */
  readonly missing?: readonly ("cmdline" | "environ" | "fd" | "maps")[];
}

/** Lines of the tables of sockets, without their first one. */
export type WrittenSockets = Readonly<Partial<Record<"tcp" | "tcp6" | "udp" | "unix", readonly string[]>>>;

/** A line of a table of TCP or UDP sockets. */
export const socketLine = (local: string, remote: string, state: string, inode: number): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0`;

/** `127.0.0.1:8080` as the tables of this machine have it. */
export function kernelAddress(address: string, port: number): string {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  return `${bytes.toReversed().join("")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
}

/** A `/proc` with these processes, all of one network; gone when the test is over. */
export function procFolder(processes: readonly WrittenProcess[], sockets: WrittenSockets = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "inhouse-proc-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const net = (place: string): void => {
    mkdirSync(join(place, "net"), { recursive: true });
    for (const name of ["tcp", "tcp6", "udp", "unix"] as const) {
      writeFileSync(join(place, "net", name), `head\n${(sockets[name] ?? []).map((line) => `${line}\n`).join("")}`);
    }
  };
  net(folder);
  writeFileSync(join(folder, "version"), "Linux");
  for (const process of processes) {
    const {
      pid,
      parent = 1,
      group = pid,
      command = [],
      environment = {},
      maps = [],
      open = [],
      missing = [],
    } = process;
    const own = join(folder, String(pid));
    net(own);
    writeFileSync(join(own, "stat"), `${pid} (a (b) c) S ${parent} ${group} ${group} 0 -1 4194304 0 0`);
    const files = {
      cmdline: command.map((word) => `${word}\0`).join(""),
      environ: Object.entries(environment)
        .map((pair) => `${pair.join("=")}\0`)
        .join(""),
      maps: maps
        .map((path) => `7f04b2fb3000-7f04b8bcf000 r--s 001b3000 fe:00 10036894                   ${path}\n`)
        .join(""),
    };
    for (const [name, text] of Object.entries(files)) {
      if (!missing.includes(name as "maps")) writeFileSync(join(own, name), text);
    }
    if (missing.includes("fd")) continue;
    mkdirSync(join(own, "fd"));
    for (const [number, target] of open.entries()) symlinkSync(target, join(own, "fd", String(number)));
  }
  return folder;
}
