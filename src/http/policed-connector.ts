import dns from "node:dns";
import type { LookupFunction, Socket } from "node:net";

import type { buildConnector } from "undici";

import type { EgressPolicy } from "../core/egress.ts";
import { portOf } from "./base-url.ts";

type Connector = buildConnector.connector;
type Target = Pick<buildConnector.Options, "hostname" | "protocol" | "port">;

/**
 * A connector that asks a policy at each connection: for the host before it is looked up, and for every address that it was
 * looked up to be. What is dialled are the addresses that were checked, for nobody looks up again. `build` makes undici's
 * connector with that look-up.
 */
export function policedConnector(policy: EgressPolicy, build: (lookup: LookupFunction) => Connector): Connector {
  // A look-up is told no port, so that each place has a connector of its own, with its TLS sessions.
  const connectors = new Map<string, Connector>();
  return (target, callback) => {
    const { host, port } = checked(policy, target);
    const place = `${host} ${port}`;
    const connector = connectors.get(place) ?? build(checkedLookup(policy, port));
    connectors.set(place, connector);
    return connector(
      target,
      counting(callback, ({ remoteAddress: address }) => {
        policy.opened({ host, port, ...(address === undefined ? {} : { address }) });
      }),
    );
  };
}

/** The same for what lies behind a proxy, by its tunnel: the host is judged, what it resolves to is the proxy's business. */
export function policedTunnel(policy: EgressPolicy, tunnel: Connector): Connector {
  return (target, callback) => {
    const place = checked(policy, target);
    return tunnel(
      target,
      counting(callback, () => policy.opened(place)),
    );
  };
}

/** The same for a Unix socket. */
export function policedSocket(policy: EgressPolicy, path: string, connector: Connector): Connector {
  return (target, callback) => {
    policy.checkSocket(path);
    return connector(
      target,
      counting(callback, () => policy.opened({ host: path })),
    );
  };
}

/** The place of a connection, which the policy does not forbid; undici takes what is thrown here for a failed connection. */
function checked(policy: EgressPolicy, { hostname: host, protocol, port }: Target): { host: string; port: number } {
  const place = { host, port: portOf(protocol, port) };
  policy.checkHost(host, place.port);
  return place;
}

function counting(callback: buildConnector.Callback, onOpened: (socket: Socket) => void): buildConnector.Callback {
  return (...outcome) => {
    if (outcome[1]) onOpened(outcome[1]);
    callback(...outcome);
  };
}

/** Node's own look-up, with each address checked before any is given away; one that is forbidden refuses the host. */
function checkedLookup(policy: EgressPolicy, port: number): LookupFunction {
  return (host, options, done) => {
    dns.lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      try {
        for (const { address } of addresses) policy.checkAddress(host, address, port);
      } catch (refusal) {
        return done(refusal as Error, []);
      }
      if (options.all) return done(null, addresses);
      const [first] = addresses;
      return done(null, first?.address ?? "", first?.family);
    });
  };
}
