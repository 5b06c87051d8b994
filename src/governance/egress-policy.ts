import { checkOptions } from "../core/check-options.ts";
import type { Destination, EgressPolicy } from "../core/egress.ts";
import { InhouseError } from "../core/error.ts";
import { isNamedBy, readRules, type AddressRule, type EgressRule, type NameRule } from "./egress-rule.ts";
import { canonicalHost, carriedIn, isWithin, parseAddress, type IpAddress } from "./ip-address.ts";
import { metadataNameReason, specialAddresses } from "./special-addresses.ts";

/** Options of `egressPolicy`. */
export interface EgressPolicyOptions {
  /**
   * What may be connected to, and nothing else: `"loopback"`, `"private"`, addresses, ranges, names, `*.names`, each with a
   * port or a range of ports where it is meant so, and `"unix:/path.sock"`.
   */
  readonly allow: readonly (string | EgressRule)[];
}

type Place = Pick<Destination, "host" | "port" | "address">;

/** Whether a rule allows it, and which; or why none does, and what to do. */
interface Verdict {
  readonly allowed: boolean;
  readonly reason: string;
  readonly hint?: string;
}

/** How many destinations are told apart. */
const mostDestinations = 1_000;

/**
 * A policy of what a transport may connect to: what no rule allows is refused with `policy`. A name has to be named by a rule,
 * or it is not even looked up; all that it resolves to has to be allowed. Metadata addresses of clouds and link-local ones are
 * allowed where a rule names them alone, unspecified, multicast and broadcast ones never. `report()` tells 1,000 destinations
 * apart, and counts further ones together. Throws `invalid-request` for a rule that is not understood.
 */
export function egressPolicy(options: EgressPolicyOptions): EgressPolicy {
  checkOptions("egressPolicy", options, { allow: 1 });
  const special = specialAddresses();
  const rules = readRules(options.allow, special);
  const seen = new Map<string, Destination>();

  function judge({ host, port, address }: Place): Verdict {
    if (port === undefined) {
      return rules.sockets.includes(host) ? allowedBy({ text: `unix:${host}` }) : refused("no rule names this socket");
    }
    const verdict = judgeHost(host, port);
    return verdict.allowed && address !== undefined ? judgeResolved(host, address, port) : verdict;
  }

  function judgeHost(host: string, port: number): Verdict {
    const address = parseAddress(host);
    if (address) return judgeAddress(address, port, rules.addresses);
    const name = canonicalHost(host);
    if (name === undefined) return refused("it is no host", "Check how it is written.");
    const named = namesOf(name, port);
    const reason = metadataNameReason(name);
    const rule = reason === undefined ? named[0] : named.find((each) => each.name === name);
    return rule ? allowedBy(rule) : refused(reason ?? "no rule names it", reason && onlyAlone);
  }

  /** An address that a host was looked up to be. */
  function judgeResolved(host: string, text: string, port: number): Verdict {
    const address = parseAddress(text);
    if (!address) return refused("that is no address", "Check the resolver.");
    if (parseAddress(host)) return judgeAddress(address, port, rules.addresses);
    const named = namesOf(canonicalHost(host) ?? host, port);
    const others = named.every(({ closed }) => closed) ? [] : rules.addresses;
    return judgeAddress(address, port, [...named, ...others]);
  }

  function namesOf(host: string, port: number): readonly NameRule[] {
    return rules.names.filter((rule) => isForPort(rule, port) && isNamedBy(rule, host));
  }

  /** An address by itself, and what it carries with it. */
  function judgeAddress(address: IpAddress, port: number, among: readonly AddressRule[]): Verdict {
    const never = special.never(address);
    if (never !== undefined) return refused(never, "No rule can allow it: name the server's own address.");
    for (const carried of carriedIn(address)) {
      const verdict = judgeAddress(carried, port, among);
      if (!verdict.allowed) return { ...verdict, reason: `of the IPv4 address in it, ${verdict.reason}` };
    }
    const metadata = special.metadata(address);
    const rule = among.find(
      (each) =>
        isForPort(each, port) &&
        each.ranges.some((range) => isWithin(address, range) && (metadata === undefined || range.single)),
    );
    return rule ? allowedBy(rule) : refused(metadata ?? "no rule allows it", metadata && onlyAlone);
  }

  function check(place: Place): void {
    const verdict = judge(place);
    if (!verdict.allowed) throw refusal(count(place, verdict), verdict.hint);
  }

  /** Counts one more connection, and tells it as it is kept. */
  function count({ host, port, address }: Place, { allowed, reason }: Verdict): Omit<Destination, "count"> {
    const one = {
      host: shortened(port === undefined ? host : (canonicalHost(host) ?? host)),
      ...(port === undefined ? {} : { port }),
      ...(address === undefined ? {} : { address: shortened(address) }),
      allowed,
      reason,
    };
    const key = JSON.stringify(one);
    const isApart = seen.has(key) || seen.size < mostDestinations;
    const kept = isApart ? one : { host: "(others)", allowed, reason: `more than ${mostDestinations} destinations` };
    const keptKey = isApart ? key : String(allowed);
    seen.set(keptKey, Object.freeze({ ...kept, count: (seen.get(keptKey)?.count ?? 0) + 1 }));
    return one;
  }

  return Object.freeze({
    checkHost: (host: string, port: number) => check({ host, port }),
    checkAddress: (host: string, address: string, port: number) => check({ host, port, address }),
    checkSocket: (path: string) => check({ host: path }),
    opened: (place: Place) => void count(place, judge(place)),
    report: () => Object.freeze([...seen.values()]),
  });
}

/** The hint for what is only allowed where it is meant. */
const onlyAlone = "If you mean it, a rule that names it alone, and no range around it, allows it.";

const allowedBy = ({ text }: { readonly text: string }): Verdict => ({ allowed: true, reason: `the rule "${text}"` });

function refused(reason: string, hint?: string): Verdict {
  return { allowed: false, reason, ...(hint === undefined ? {} : { hint }) };
}

function isForPort({ firstPort, lastPort }: AddressRule, port: number): boolean {
  return port >= firstPort && port <= lastPort;
}

function shortened(text: string): string {
  return text.length > 255 ? `${text.slice(0, 255)}…` : text;
}

function refusal({ host, port, address, reason }: Omit<Destination, "count">, hint?: string): InhouseError {
  const place = port === undefined ? `unix:${host}` : `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const rule =
    address === undefined
      ? JSON.stringify(place)
      : JSON.stringify({ host, addresses: [address] }).replaceAll('":', '": ');
  return new InhouseError(
    "policy",
    `The egress policy forbids ${place}${address === undefined ? "" : ` at ${address}`}: ${reason}.`,
    { hint: hint ?? `If it is in the house, allow it: egressPolicy({ allow: [${rule}] }).` },
  );
}
