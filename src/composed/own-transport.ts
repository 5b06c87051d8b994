import type { EgressPolicy } from "../core/egress.ts";
import type { Transport } from "../core/transport.ts";
import { transportFor } from "../http/lazy-transport.ts";

/** What connections go through. */
export interface TransportChoice {
  /** Default: one of its own, closed when it is done. */
  readonly transport?: Transport;
  /** What may be connected to, as `egressPolicy()` makes it. With a `transport`, that transport's own. Default: no policy. */
  readonly policy?: EgressPolicy;
}

/** Lends the caller's transport, or one of its own, which is closed again. Throws `invalid-request` as `transportFor` does. */
export async function withTransport<Result>(
  choice: TransportChoice,
  work: (transport: Transport) => Promise<Result>,
): Promise<Result> {
  const transport = transportFor(choice);
  try {
    return await work(transport);
  } finally {
    if (!choice.transport) await transport.close();
  }
}
