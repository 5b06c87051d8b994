import { isIP } from "node:net";

/** The port of a server that is told none. */
const usualPort = 11_434;

/**
 * The address that a client takes from a value of `OLLAMA_HOST`, by the rules of Ollama 0.34.2 (`envconfig.Host`); undefined
 * where it is empty or names no host. The scheme may be missing, then the port is 11434 and else the scheme's own; a port
 * that is none counts as missing; the address that a server binds for all interfaces is the loopback one.
 */
export function parseOllamaHost(value: string): string | undefined {
  const read = readHost(value);
  if (!read) return undefined;
  const { scheme = "http", host, port, path } = read;
  const address = `${scheme}://${reachable(host)}:${port}${path}`;
  return URL.canParse(address) ? new URL(address).href.replace(/\/+$/, "") : undefined;
}

/** Where a server with that value of `OLLAMA_HOST` listens, by the same rules. */
export function ollamaListens(value: string): { readonly address: string; readonly port: number } {
  const { host = "127.0.0.1", port = usualPort } = readHost(value) ?? {};
  return { address: host === "" ? "0.0.0.0" : host, port };
}

interface OllamaHost {
  readonly scheme?: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

function readHost(value: string): OllamaHost | undefined {
  const text = value
    .trim()
    .replaceAll(/^["']+|["']+$/g, "")
    .trim();
  if (text === "") return undefined;
  if (text === "ollama.com") return { scheme: "https", host: text, port: 443, path: "" };
  const [, scheme, rest = text] = /^(\w+):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") return undefined;
  const slash = rest.indexOf("/");
  const [authority, path] = slash < 0 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash)];
  const { host, port } = splitHostPort(authority);
  const isPort = port !== undefined && /^\+?\d+$/.test(port) && Number(port) <= 65_535;
  const defaultPort = scheme === undefined ? usualPort : scheme === "http" ? 80 : 443;
  return { ...(scheme === undefined ? {} : { scheme }), host, port: isPort ? Number(port) : defaultPort, path };
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
