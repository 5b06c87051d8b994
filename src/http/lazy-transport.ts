import { InhouseError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import type { TransportOptions } from "./transport-options.ts";

/** A transport that loads undici, and all that needs it, at its first request: undici takes 100 ms to load. */
export function lazyTransport(options: TransportOptions): Transport {
  let opening: Promise<Transport> | undefined;
  let opened: Transport | undefined;
  let closed = false;

  async function open(): Promise<Transport> {
    const { openTransport } = await import("./undici-pool.ts");
    opened = await openTransport(options);
    return opened;
  }

  return {
    send(request) {
      if (closed) return Promise.reject(new InhouseError("closed", "The transport was closed."));
      return opened ? opened.send(request) : (opening ??= open()).then((transport) => transport.send(request));
    },
    async close() {
      closed = true;
      await (await opening)?.close();
    },
  };
}
