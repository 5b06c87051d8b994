import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

import type { ServerProcess } from "./server-processes.ts";

/** A socket of a process, as `/proc/PID/net` has it. */
export interface OpenSocket {
  readonly pid: number;
  readonly protocol: "tcp" | "udp";
  readonly state: "listening" | "connected";
  /** IPv4 with dots; IPv6 in its shortest form, of a mapped IPv4 address that address. */
  readonly address: string;
  readonly port: number;
  /** Of a connection, the other end. */
  readonly peer?: { readonly address: string; readonly port: number };
}

interface SocketLine extends Omit<OpenSocket, "pid"> {
  readonly inode: number;
}

const tables = ["tcp", "tcp6", "udp", "udp6"] as const;

/** The TCP and UDP sockets of processes that listen or have another end, connections that are still being made among them. */
export async function openSockets(processes: readonly ServerProcess[], proc = "/proc"): Promise<readonly OpenSocket[]> {
  const bySpace = new Map<string, readonly SocketLine[]>();
  const found: OpenSocket[] = [];
  for (const { pid, sockets } of processes) {
    // Processes of one network namespace have the same tables.
    const space = (await readlink(join(proc, String(pid), "ns", "net")).catch(() => undefined)) ?? "";
    const lines = bySpace.get(space) ?? (await socketLines(join(proc, String(pid), "net")));
    if (lines.length > 0) bySpace.set(space, lines);
    for (const { inode, ...socket } of lines) if (sockets.has(inode)) found.push({ pid, ...socket });
  }
  return found;
}

/** The inodes of the sockets that listen at a port of this machine. */
export async function listenersAt(port: number, proc = "/proc"): Promise<ReadonlySet<number>> {
  const lines = await socketLines(join(proc, "net"));
  const listening = lines.filter((line) => line.protocol === "tcp" && line.state === "listening" && line.port === port);
  return new Set(listening.map(({ inode }) => inode));
}

/** The Unix sockets at which processes listen: nobody but this machine can be there. */
export async function listeningPaths(processes: readonly ServerProcess[], proc = "/proc"): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { pid, sockets } of processes) {
    const text = await readFile(join(proc, String(pid), "net", "unix"), "utf8").catch(() => "");
    for (const [, inode, path = ""] of text.matchAll(/^\S+: \S+ \S+ 00010000 \S+ \S+\s+(\d+) (.+)$/gm)) {
      if (sockets.has(Number(inode))) found.add(path);
    }
  }
  return [...found];
}

/** An IPv6 address in its shortest form; any other name as it is. */
export function shortAddress(address: string): string {
  const url = `http://[${address}]`;
  return address.includes(":") && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address;
}

async function socketLines(folder: string): Promise<readonly SocketLine[]> {
  const texts = await Promise.all(
    tables.map(async (name) => [name, await readFile(join(folder, name), "utf8").catch(() => "")] as const),
  );
  return texts.flatMap(([name, text]) => {
    const protocol = name.startsWith("tcp") ? "tcp" : "udp";
    return text.split("\n").flatMap((line) => lineOf(line, protocol) ?? []);
  });
}

function lineOf(line: string, protocol: "tcp" | "udp"): SocketLine | undefined {
  const [, local, remote, state, inode] =
    /^\s*\d+: ([0-9A-F]+:[0-9A-F]{4}) ([0-9A-F]+:[0-9A-F]{4}) ([0-9A-F]{2}) (?:\S+\s+){5}(\d+)/.exec(line) ?? [];
  if (local === undefined || remote === undefined || inode === undefined) return undefined;
  const own = endOf(local);
  const peer = endOf(remote);
  if (protocol === "tcp" && state === "0A") return { protocol, state: "listening", ...own, inode: Number(inode) };
  if (peer.port === 0) return undefined;
  return { protocol, state: "connected", ...own, peer, inode: Number(inode) };
}

/** The kernel writes each 32 bits of an address as the number that this machine takes them for: the last byte first. */
function endOf(text: string): { readonly address: string; readonly port: number } {
  const [address = "", port = ""] = text.split(":");
  const words = address.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed());
  return { address: addressText(bytes), port: Number.parseInt(port, 16) };
}

function addressText(bytes: readonly string[]): string {
  const isMapped = bytes.length === 16 && bytes.join("").startsWith("00000000000000000000FFFF");
  if (bytes.length === 4 || isMapped) {
    return bytes
      .slice(-4)
      .map((byte) => Number.parseInt(byte, 16))
      .join(".");
  }
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[2 * index]}${bytes[2 * index + 1]}`);
  return shortAddress(groups.join(":"));
}
