/** An IPv4 or IPv6 address as a number. One that is IPv4 in the clothes of IPv6 (`::ffff:10.0.0.1`) is IPv4. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** All addresses that begin with the same bits. */
export interface IpRange extends IpAddress {
  /** How many bits those are. */
  readonly prefix: number;
  /** It was written as an address, and not as a range of one. */
  readonly single: boolean;
}

const low32 = 0xffff_ffffn;

/**
 * A host as WHATWG URLs have it, without a dot at its end, brackets and a zone: lower case, punycode, addresses in their
 * usual spelling, whether they came as decimal, octal, hexadecimal, short, full-width or percent-encoded ones. Undefined
 * for what is no host.
 */
export function canonicalHost(text: string): string | undefined {
  const bare = /^\[(.*:.*)\]$/.exec(text)?.[1] ?? text;
  if (/[\s/?#@\\[\]]/.test(bare) || bare.length > 1_024) return undefined;
  const url = bare.includes(":") ? `http://[${bare.replace(/%.*$/, "")}]` : `http://${bare}`;
  if (!URL.canParse(url)) return undefined;
  const host = new URL(url).hostname.replaceAll(/^\[|\]$|\.$/g, "");
  const isHost = host.includes(":") || (host.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(host));
  return isHost ? host : undefined;
}

/** The address that a host is, in any spelling; undefined for a name. */
export function parseAddress(text: string): IpAddress | undefined {
  const host = canonicalHost(text);
  if (host === undefined) return undefined;
  if (host.includes(":")) return fromMapped(sixOf(host));
  return /^\d+(\.\d+){3}$/.test(host) ? { version: 4, value: fourOf(host) } : undefined;
}

/** The range that `10.0.0.0/8` or `fd00::/8` names, also where bits after the prefix are set; undefined for what is none. */
export function parseRange(text: string): IpRange | undefined {
  const [address = "", prefix = "", more] = text.split("/");
  const isSix = address.includes(":");
  const length = Number(prefix);
  if (more !== undefined || !/^\d{1,3}$/.test(prefix) || length > (isSix ? 128 : 32)) return undefined;
  const first = parseAddress(address);
  if (!first) return undefined;
  if (first.version === 4 && isSix) return length < 96 ? undefined : { ...first, prefix: length - 96, single: false };
  return { ...first, prefix: length, single: false };
}

/** The range of one address that was written as such. */
export function onlyThis(address: IpAddress): IpRange {
  return { ...address, prefix: address.version === 4 ? 32 : 128, single: true };
}

/** Whether an address, or all of a range, lies in a range. */
export function isWithin(
  address: IpAddress & { readonly prefix?: number },
  { version, value, prefix }: IpRange,
): boolean {
  if (address.version !== version || (address.prefix ?? 128) < prefix) return false;
  const rest = BigInt((version === 4 ? 32 : 128) - prefix);
  return address.value >> rest === value >> rest;
}

/** The beginning of a range. */
export function isBegin({ version, value, prefix }: IpRange): boolean {
  const rest = BigInt((version === 4 ? 32 : 128) - prefix);
  return (value >> rest) << rest === value;
}

/** The ways to carry an IPv4 address in an IPv6 one: how it begins, after how many bits the rest is, and how it is read. */
const carriers: readonly (readonly [bigint, bigint, (value: bigint) => readonly bigint[]])[] = [
  [0n, 32n, (value) => (value > 1n ? [value] : [])], // ::/96, compatible (RFC 4291); :: and ::1 are none
  [0xffff_0000n, 32n, (value) => [value]], // ::ffff:0:0:0/96, translated (RFC 7915)
  [0x64_ff9b_0000_0000_0000_0000n, 32n, (value) => [value]], // 64:ff9b::/96, NAT64 (RFC 6052)
  [0x64_ff9b_0001n, 80n, localNat64], // 64:ff9b:1::/48, the same of a network's own (RFC 8215)
  [0x2002n, 112n, (value) => [value >> 80n]], // 2002::/16, 6to4 (RFC 3056)
  [0x2001_0000n, 96n, (value) => [value >> 64n, value ^ low32]], // 2001::/32, Teredo (RFC 4380): its server, the client
];

/** The address may be written in four places (RFC 6052); one that reads as nothing was not written there. */
function localNat64(value: bigint): readonly bigint[] {
  const after48 = (((value >> 64n) & 0xffffn) << 16n) | ((value >> 40n) & 0xffffn);
  const after56 = (((value >> 64n) & 0xffn) << 24n) | ((value >> 32n) & 0xff_ffffn);
  const readings = [after48, after56, (value >> 24n) & low32, value & low32].filter((reading) => reading >> 24n !== 0n);
  return readings.length > 0 ? readings : [0n];
}

/** The IPv4 addresses that an IPv6 address carries: a gateway may send on to them what is sent to it. */
export function carriedIn(address: IpAddress): readonly IpAddress[] {
  if (address.version === 4) return [];
  const found = carriers.flatMap(([begin, rest, read]) => (address.value >> rest === begin ? read(address.value) : []));
  const isatap = ((address.value >> 32n) & 0xfdff_ffffn) === 0x5efen; // RFC 5214
  return [...found, ...(isatap ? [address.value] : [])].map((value) => ({ version: 4, value: value & low32 }));
}

/** `::ffff:0:0/96` is how programs write IPv4, and what is dialled is IPv4. */
function fromMapped(value: bigint): IpAddress {
  return value >> 32n === 0xffffn ? { version: 4, value: value & low32 } : { version: 6, value };
}

function fourOf(text: string): bigint {
  return text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** Of the spelling that URLs give: hexadecimal groups, and `::` at most once. */
function sixOf(text: string): bigint {
  const [left = [], right = []] = text.split("::").map((side) => (side === "" ? [] : side.split(":")));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
