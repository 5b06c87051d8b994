import { networkInterfaces } from "node:os";

import { InhouseError } from "../../core/error.ts";
import { isEveryAddress, isLoopback } from "../../core/listening-address.ts";
import type { Plan } from "../plan/plan-value.ts";
import { listenersAt } from "./open-sockets.ts";
import { processWithSocket, runsProgram, serverProcesses } from "./server-processes.ts";

/** Where a server is, by its URL; an IPv6 address without brackets. */
export interface ServerPlace {
  readonly host: string;
  readonly port: number;
}

/** Where a server is. Throws `invalid-request` for what is no URL. */
export function serverPlace(url: string): ServerPlace {
  if (!URL.canParse(url)) {
    throw new InhouseError("invalid-request", `"${url}" is no address of a server.`, {
      hint: "Write it like http://127.0.0.1:8000.",
    });
  }
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (protocol === "https:" ? 443 : 80)) };
}

/** Whether a host is this machine, by an address of its own. */
export function isThisMachine(host: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return isLoopback(host) || isEveryAddress(host) || own.some(({ address }) => address === host);
}

/** The number of the server's first process, or why its processes cannot be looked at. */
export async function firstProcess(
  { command }: Plan,
  place: ServerPlace & { readonly proc: string; readonly pid: number | undefined },
): Promise<number | string> {
  const { port, host, proc, pid } = place;
  if (pid === undefined && !isThisMachine(host)) return `${host} is another machine: its processes cannot be looked at`;
  const chosen = pid ?? (await processWithSocket(await listenersAt(port, proc), proc));
  if (chosen === undefined) {
    return process.platform === "linux"
      ? `no process that this user may look at listens at port ${port}: run as the server's user, or as root`
      : `${process.platform} has no /proc: processes cannot be looked at`;
  }
  const processes = await serverProcesses(chosen, proc);
  const [first] = processes;
  if (!first) return `there is no process ${chosen}`;
  const program = (command[0] ?? "").split("/").at(-1) ?? "";
  if (pid === undefined && !processes.some((one) => runsProgram(one, program))) {
    return `what listens at port ${port} is ${first.arguments[0] ?? `process ${chosen}`}, not ${program}: the server runs behind it`;
  }
  return chosen;
}
