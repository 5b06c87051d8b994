import { checkOptions, describe } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import { canonicalHost, isBegin, parseAddress, type IpRange } from "./ip-address.ts";
import { keywords, rangeOf, type SpecialAddresses } from "./special-addresses.ts";

/** A destination that is allowed. */
export interface EgressRule {
  /**
   * `loopback` (`localhost` with it), `private` (RFC 1918 and RFC 4193), an address, a range such as `10.20.0.0/16`, a
   * name, or all names under one: `*.corp.example`.
   */
  readonly host: string;
  /** One port, or a range such as `"8000-8010"`. Default: every port. */
  readonly port?: number | string;
  /** What a name may resolve to, written like `host`. Default: what is loopback, private, or allowed by another rule. */
  readonly addresses?: readonly string[];
}

/** A rule that was read. */
export interface AddressRule {
  /** As it was written. */
  readonly text: string;
  readonly firstPort: number;
  readonly lastPort: number;
  readonly ranges: readonly IpRange[];
}

/** A rule for names. */
export interface NameRule extends AddressRule {
  /** What a name is compared with; one that begins with a dot stands for all under it. */
  readonly name: string;
  /** `ranges` are those of the rule itself, so that no other rule adds to them. */
  readonly closed: boolean;
}

/** What is allowed. */
export interface EgressRules {
  readonly addresses: readonly AddressRule[];
  readonly names: readonly NameRule[];
  /** The paths of Unix sockets. */
  readonly sockets: readonly string[];
}

const ruleNames: Record<keyof EgressRule, 1> = { host: 1, port: 1, addresses: 1 };
const examples = `Write "loopback", "private", "10.20.0.0/16:8000", "[fd00::5]:8000", "models.corp.example:443", "*.corp.example", or "unix:/run/server.sock".`;

/** Reads rules; throws `invalid-request` that says how to write the one that is wrong. */
export function readRules(allow: readonly (string | EgressRule)[], special: SpecialAddresses): EgressRules {
  if (!Array.isArray(allow)) throw wrong(`allow is ${describe(allow)}, and should be a list`);
  const addresses: AddressRule[] = [];
  const names: NameRule[] = [];
  const sockets: string[] = [];
  for (const rule of allow) {
    if (typeof rule === "string" && rule.startsWith("unix:")) {
      sockets.push(socketOf(rule));
      continue;
    }
    if (typeof rule !== "string") checkOptions("egressPolicy: a rule", rule, ruleNames);
    const { host, port, addresses: own }: EgressRule = typeof rule === "string" ? parted(rule) : rule;
    if (typeof host !== "string") throw wrong("a rule has no host");
    if (own !== undefined && !Array.isArray(own)) throw wrong(`"addresses" is a list`);
    const [firstPort, lastPort] = portsOf(port);
    const shared = { text: typeof rule === "string" ? rule : textOf(rule), firstPort, lastPort };
    const isLocal = host === "loopback" || host === "localhost";
    const ranges = isLocal ? keywordRanges("loopback") : addressRanges(host, special);
    if (own && ranges) throw wrong(`"addresses" is for names only`);
    if (ranges) addresses.push({ ...shared, ranges });
    if (isLocal) names.push({ ...shared, name: "localhost", ranges: keywordRanges("loopback"), closed: true });
    if (ranges) continue;
    const resolved = own?.flatMap((text) => resolvedRanges(text, special));
    names.push({
      ...shared,
      name: nameOf(host),
      ranges: resolved ?? [...keywordRanges("loopback"), ...keywordRanges("private")],
      closed: resolved !== undefined,
    });
  }
  return { addresses, names, sockets };
}

/** Whether a rule for names is about this one. */
export function isNamedBy({ name }: NameRule, host: string): boolean {
  return name.startsWith(".") ? host.endsWith(name) && host.length > name.length : host === name;
}

function wrong(what: string, hint = examples): InhouseError {
  return new InhouseError("invalid-request", `egressPolicy: ${what}.`, { hint });
}

/** How a rule that is an object is told. */
function textOf({ host, port, addresses }: EgressRule): string {
  const to = addresses ? ` (${addresses.join(", ")})` : "";
  return port === undefined ? host + to : `${host.includes(":") ? `[${host}]` : host}:${port}${to}`;
}

/** `host:port`, where an address with colons and a port stands in brackets. */
function parted(text: string): EgressRule {
  if (text.includes("://")) throw wrong(`"${text}" is a URL`, `Leave the scheme and the path away. ${examples}`);
  const [, six, name, port] = /^(?:\[([^\]]*:[^\]]*)\]|([^:]*))(?::([^:]*))?$/.exec(text) ?? [];
  const host = six ?? name ?? text;
  return port === undefined ? { host } : { host, port };
}

function portsOf(port: EgressRule["port"]): readonly [first: number, last: number] {
  if (port === undefined) return [1, 65_535];
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(port)) ?? [];
  const ports = [Number(first), Number(last)] as const;
  if (first === "" || ports[0] < 1 || ports[1] > 65_535 || ports[0] > ports[1]) {
    throw wrong(`"${port}" is no port`, `Write a port from 1 to 65535, or two as "8000-8010".`);
  }
  return ports;
}

function socketOf(rule: string): string {
  const path = rule.slice("unix:".length);
  if (!/^(\/(?!\/)|\\\\)/.test(path) || /(^|\/)\.\.?(\/|$)/.test(path)) {
    throw wrong(`"${rule}" names no socket`, "Write its whole path, as createTransport({ socketPath }) has it.");
  }
  return path;
}

function keywordRanges(keyword: string): readonly IpRange[] {
  return (keywords[keyword] ?? []).flatMap((text) => rangeOf(text) ?? []);
}

/** The ranges that a keyword, an address or a range stands for; undefined for what may be a name. */
function addressRanges(text: string, special: SpecialAddresses): readonly IpRange[] | undefined {
  if (Object.hasOwn(keywords, text)) return keywordRanges(text);
  const range = rangeOf(text);
  if (!range && /[/:]/.test(text)) throw wrong(`"${text}" is no address, range or name`);
  if (!range) return undefined;
  const [address = ""] = text.split("/");
  if (!address.includes(":") && canonicalHost(address) !== address) {
    throw wrong(`"${text}" is an address in an unusual spelling`, `Write its four decimal numbers. ${examples}`);
  }
  if (address.includes("%")) throw wrong(`"${text}" has a zone`, "Leave it away.");
  if (!isBegin(range)) throw wrong(`"${text}" has bits after its prefix`, "Write the first address of the range.");
  const reason = special.never(range) ?? (range.single ? undefined : special.metadata(range));
  if (reason !== undefined) {
    throw wrong(
      `"${text}" cannot be allowed: ${reason}`,
      `To reach this machine write "loopback". A metadata or link-local address has to be named alone, without "/".`,
    );
  }
  return [range];
}

function resolvedRanges(text: string, special: SpecialAddresses): readonly IpRange[] {
  const ranges = typeof text === "string" ? addressRanges(text, special) : undefined;
  if (!ranges)
    throw wrong(`"${text}" in addresses is no address`, `Write addresses and ranges, "loopback" or "private".`);
  return ranges;
}

/** The name to compare with. */
function nameOf(text: string): string {
  const name = text.startsWith("*.") ? text.slice(2) : text;
  const canonical = canonicalHost(name);
  if (canonical === undefined || name.includes("*") || parseAddress(name)) {
    throw wrong(
      `"${text}" is no address, range or name`,
      text.includes("*") ? `A "*" stands at the beginning, before a dot: "*.corp.example". ${examples}` : examples,
    );
  }
  return text.startsWith("*.") ? `.${canonical}` : canonical;
}
