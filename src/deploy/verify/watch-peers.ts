import { setTimeout as delay } from "node:timers/promises";

import { isLoopback } from "../../core/listening-address.ts";
import type { PeerSamples } from "./check-sockets.ts";
import { openSockets, type OpenSocket } from "./open-sockets.ts";
import { serverProcesses } from "./server-processes.ts";

/** Looks at the connections of a server again and again until it is ended. */
export interface PeerWatch {
  /** Looks a last time. */
  end(): Promise<PeerSamples>;
}

/** Watches the connections of a process and what belongs to it; a connection that is shorter than a quarter of a second may be missed. */
export function watchPeers(pid: number, proc: string): PeerWatch {
  const found = new Map<string, OpenSocket>();
  const begun = performance.now();
  const over = new AbortController();
  let samples = 0;
  const look = async (): Promise<void> => {
    const sockets = await openSockets(await serverProcesses(pid, proc), proc);
    samples += 1;
    for (const socket of sockets) {
      if (!socket.peer || isLoopback(socket.peer.address)) continue;
      found.set(`${socket.protocol} ${socket.port} ${socket.peer.address} ${socket.peer.port}`, socket);
    }
  };
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await look();
      await delay(250, undefined, { signal: over.signal }).catch(() => undefined);
    }
  };
  const watching = watch();
  // Whoever ends the watch hears of it; nobody may, when something else fails before.
  watching.catch(() => undefined);
  return {
    async end() {
      over.abort();
      await watching;
      await look();
      return { samples, durationMs: performance.now() - begun, sockets: [...found.values()] };
    },
  };
}
