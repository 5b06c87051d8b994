import type { Transport } from "../core/transport.ts";
import { createTransport } from "../http/undici-transport.ts";

/** Lends the caller's transport, or one of its own, which is closed again. */
export async function withTransport<Result>(
  lent: Transport | undefined,
  work: (transport: Transport) => Promise<Result>,
): Promise<Result> {
  const transport = lent ?? createTransport();
  try {
    return await work(transport);
  } finally {
    if (!lent) await transport.close();
  }
}
