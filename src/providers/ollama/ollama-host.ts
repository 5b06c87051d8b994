import { isIP } from "node:net";

/**
 * The address that a client takes from a value of `OLLAMA_HOST`, by the rules of Ollama 0.34.2 (`envconfig.Host`); undefined
 * where it is empty or names no host. The scheme may be missing, then the port is 11434 and else the scheme's own; a port
 * that is none counts as missing; the address that a server binds for all interfaces is the loopback one.
 */
export function parseOllamaHost(value: string): string | undefined {
  const text = value
    .trim()
    .replaceAll(/^["']+|["']+$/g, "")
    .trim();
  if (text === "") return undefined;
  if (text === "ollama.com") return "https://ollama.com";
  const [, scheme, rest = text] = /^(\w+):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") return undefined;
  const slash = rest.indexOf("/");
  const [authority, path] = slash < 0 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash)];
  const defaultPort = scheme === undefined ? "11434" : scheme === "http" ? "80" : "443";
  const { host, port } = splitHostPort(authority);
  const validPort = port !== undefined && /^\+?\d+$/.test(port) && Number(port) <= 65_535 ? Number(port) : defaultPort;
  const address = `${scheme ?? "http"}://${reachable(host)}:${validPort}${path}`;
  return URL.canParse(address) ? new URL(address).href.replace(/\/+$/, "") : undefined;
}

/** `host:port`, `[v6]:port`, or a host alone, where an IPv6 address needs no brackets. */
function splitHostPort(authority: string): { readonly host: string; readonly port?: string } {
  const bare = authority.replaceAll(/^\[|\]$/g, "");
  if (isIP(bare) !== 0) return { host: bare };
  const [, v6, name, port] = /^(?:\[(.*)\]|([^:]*)):([^:]*)$/.exec(authority) ?? [];
  return port === undefined ? { host: authority } : { host: v6 ?? name ?? "", port };
}

/** The host as a URL has it, and one that can be connected to. */
function reachable(host: string): string {
  if (host === "" || host === "0.0.0.0") return "127.0.0.1";
  if (isIP(host) !== 6) return host;
  return /^[0:]+$/.test(host) ? "[::1]" : `[${host}]`;
}
