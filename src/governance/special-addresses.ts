import { isWithin, onlyThis, parseAddress, parseRange, type IpAddress, type IpRange } from "./ip-address.ts";

/** What the keywords of a rule stand for; addresses of a provider's own network (100.64.0.0/10) are not private. */
export const keywords: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"], // RFC 1918, RFC 4193
};

/** What no rule allows: nothing there is one server. */
const never: Readonly<Record<string, string>> = {
  "0.0.0.0/8": "it is the unspecified address",
  "::/128": "it is the unspecified address",
  "224.0.0.0/4": "it is a multicast address",
  "ff00::/8": "it is a multicast address",
  "255.255.255.255/32": "it is the broadcast address",
};

/** Where clouds tell a machine its secrets, with what lies around. */
const metadata: Readonly<Record<string, string>> = {
  "169.254.0.0/16": "it is link-local, where clouds have their metadata",
  "fe80::/10": "it is link-local, where clouds have their metadata",
  "fd00:ec2::/32": "it is a metadata address of AWS",
  "100.100.100.200": "it is the metadata address of Alibaba Cloud",
  "168.63.129.16": "it is the metadata address of Azure",
  "192.0.0.192": "it is the metadata address of Oracle Cloud",
  "fd00:c1::a9fe:a9fe": "it is the metadata address of Oracle Cloud",
  "fd20:ce::254": "it is the metadata address of Google Cloud",
  "fd00:42::42": "it is the metadata address of Scaleway",
};

const metadataNames = [
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "metadata.azure.internal",
  "metadata.tencentyun.com",
  "metadata.platformequinix.com",
  "metadata.packet.net",
  "instance-data",
  "instance-data.ec2.internal",
];

/** Tells why an address, or all of a range, is special; undefined where it is not. */
export type WhySpecial = (address: IpAddress & { readonly prefix?: number }) => string | undefined;

/** What is special among addresses. */
export interface SpecialAddresses {
  /** No rule allows it. */
  readonly never: WhySpecial;
  /** Only a rule that names it alone allows it. */
  readonly metadata: WhySpecial;
}

/** The tables, read; at each call anew, so that a program without a policy does not pay for them. */
export function specialAddresses(): SpecialAddresses {
  return { never: lookingIn(never), metadata: lookingIn(metadata) };
}

/** Why a name is only allowed where a rule names it alone. */
export function metadataNameReason(name: string): string | undefined {
  return metadataNames.includes(name) ? "it is the name of a cloud's metadata service" : undefined;
}

/** The range or the address that a text names; undefined for another text. */
export function rangeOf(text: string): IpRange | undefined {
  if (text.includes("/")) return parseRange(text);
  const address = parseAddress(text);
  return address && onlyThis(address);
}

function lookingIn(table: Readonly<Record<string, string>>): WhySpecial {
  const entries = Object.entries(table).flatMap(([text, reason]) => {
    const range = rangeOf(text);
    return range ? [{ range, reason }] : [];
  });
  return (address) => entries.find(({ range }) => isWithin(address, range))?.reason;
}
