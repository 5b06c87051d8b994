import { InhouseError } from "../core/error.ts";

/** Where a server is: what every request of a provider has in common. */
export interface BaseURL {
  /** Scheme, host and port. */
  readonly origin: string;
  /** What comes before each path; no slash at its end, empty for a server at the root. */
  readonly prefix: string;
}

/** Parses a `baseURL` option; throws `invalid-request` with the way to write it. */
export function parseBaseURL(value: string, example: string): BaseURL {
  const wrong = (what: string): InhouseError =>
    new InhouseError("invalid-request", `baseURL: ${what}.`, { hint: `Write it like ${example}.` });
  if (typeof value !== "string" || value.trim() === "") throw wrong("expected a URL");
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) throw wrong("the scheme (http:// or https://) is missing");
  if (!URL.canParse(value)) throw wrong("this is no URL");
  const url = new URL(value);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw wrong(`${url.protocol}// is not spoken here`);
  if (url.username !== "" || url.password !== "") throw wrong("a key or password does not belong in a URL, use apiKey");
  if (url.search !== "" || url.hash !== "") throw wrong("it may not have a query or fragment");
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, "") };
}

/** The host and the port of an address. */
export function placeOf(url: string): [host: string, port: number] {
  const { hostname, protocol, port } = new URL(url);
  return [hostname, portOf(protocol, port)];
}

/** The port that is connected to: that of the scheme where none is named. */
export function portOf(protocol: string, port: string): number {
  return Number(port) || (protocol === "https:" ? 443 : 80);
}
