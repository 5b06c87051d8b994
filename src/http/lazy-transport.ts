import { InhouseError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import { placeOf } from "./base-url.ts";
import type { TransportOptions } from "./transport-options.ts";

/** A transport that loads undici, and all that needs it, at its first request: undici takes 100 ms to load. */
export function lazyTransport(options: TransportOptions): Transport {
  const { policy, socketPath } = options;
  let opening: Promise<Transport> | undefined;
  let opened: Transport | undefined;
  let closed = false;

  async function open(): Promise<Transport> {
    const { openTransport } = await import("./undici-pool.ts");
    opened = await openTransport(options);
    return opened;
  }

  return {
    ...(policy && {
      policy,
      checkOrigin(origin) {
        if (socketPath === undefined) policy.checkHost(...placeOf(origin));
      },
    }),
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

/** The transport that was given, or one that keeps the policy. Throws `invalid-request` where both are given and differ. */
export function transportFor({
  transport,
  policy,
}: Pick<TransportOptions, "policy"> & { readonly transport?: Transport }): Transport {
  if (policy && (transport ? transport.policy !== policy : !policy.checkHost)) {
    throw new InhouseError(
      "invalid-request",
      "policy: egressPolicy() did not make it, or the transport does not keep it.",
      {
        hint: "Give it to createTransport(), and that transport here.",
      },
    );
  }
  return transport ?? lazyTransport(policy ? { policy } : {});
}
