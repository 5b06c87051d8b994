import { isIP } from "node:net";

import { isEveryAddress, isLoopback } from "../../core/listening-address.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { PlannedServer } from "../planned-server.ts";
import { shortAddress, type OpenSocket } from "./open-sockets.ts";
import { unknownLine } from "./verification-line.ts";
import type { VerificationLine } from "./verification.ts";

/** Whether the server's processes listen where the plan says, and nowhere else. */
export function listeningLine(
  plan: Plan,
  { address: named }: PlannedServer,
  port: number,
  sockets: readonly OpenSocket[] | string,
  paths: readonly string[] = [],
): VerificationLine {
  const name = "listening";
  const address = shortAddress(named);
  const planned = isLoopback(address) ? "loopback only" : address;
  if (typeof sockets === "string") return unknownLine(name, sockets, planned);
  const listening = sockets.filter(({ state }) => state === "listening");
  const open = listening.filter((socket) => !isLoopback(socket.address));
  // What a name of the machine stands for is its own matter, as long as it is one address.
  const isPlanned = (socket: OpenSocket): boolean =>
    isEveryAddress(address) || (isIP(address) === 0 ? !isEveryAddress(socket.address) : socket.address === address);
  const isAllowed = (socket: OpenSocket): boolean =>
    // Machines that share a model speak with each other at ports of their own.
    !isLoopback(address) && isPlanned(socket) && (socket.port === port || plan.layout.machines > 1);
  const atPort = listening.filter((socket) => socket.port === port);
  const isOpen = open.some((socket) => socket.port === port);
  const wrong = [
    ...open.filter((socket) => !isAllowed(socket)),
    // Callers from elsewhere would not reach it.
    ...(isLoopback(address) || isOpen ? [] : atPort),
  ];
  const found = atPort.length > 0 ? [...new Set(atPort.map(({ address: own }) => own))].join(", ") : "not at this port";
  const more = new Set(wrong.filter((socket) => socket.port !== port).map(addressOf));
  return {
    name,
    verdict: wrong.length > 0 || atPort.length === 0 ? "fail" : "pass",
    planned,
    found: [found, ...more].join(", "),
    evidence: `/proc/PID/net: ${evidenceOf([...atPort, ...open], listening, paths)}`,
  };
}

/** Those that matter, and how many others there are: vLLM's processes speak with each other at a dozen ports. */
function evidenceOf(shown: readonly OpenSocket[], listening: readonly OpenSocket[], paths: readonly string[]): string {
  const named = [...new Set(shown.map(addressOf))];
  const others = new Set(listening.map(addressOf)).size - named.length;
  const more = [
    ...(others > 0 ? [`${others} more on loopback`] : []),
    ...(paths.length > 0 ? [`${paths.length} Unix sockets`] : []),
  ];
  return [...named, ...more].join(", ") || "nothing listens";
}

/** What was seen of the other ends of the server's connections. */
export interface PeerSamples {
  readonly samples: number;
  readonly durationMs: number;
  /** Connections with another machine, each once. */
  readonly sockets: readonly OpenSocket[];
}

/** Whether the server's processes spoke with nobody beyond this machine, callers at an address that the plan opens apart. */
export function peersLine(port: number, seen: PeerSamples | string): VerificationLine {
  const name = "connections";
  const planned = "none beyond this machine";
  if (typeof seen === "string") return unknownLine(name, seen, planned);
  const { samples, durationMs, sockets } = seen;
  const out = sockets.filter((socket) => socket.port !== port);
  const callers = new Set(sockets.filter((socket) => socket.port === port).map(peerOf));
  const peers = [...new Set(out.map(peerOf))];
  return {
    name,
    verdict: peers.length > 0 ? "fail" : "pass",
    planned,
    found: peers.length > 0 ? peers.join(", ") : "none",
    evidence: `/proc/PID/net, looked at ${samples} times in ${(durationMs / 1_000).toFixed(1)} s${callers.size > 0 ? `; callers: ${[...callers].join(", ")}` : ""}`,
  };
}

const addressOf = ({ address, port }: OpenSocket): string =>
  `${address.includes(":") ? `[${address}]` : address}:${port}`;

const peerOf = ({ protocol, peer = { address: "", port: 0 } }: OpenSocket): string =>
  `${peer.address.includes(":") ? `[${peer.address}]` : peer.address}:${peer.port} (${protocol})`;
