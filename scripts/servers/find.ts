import { type FoundServer, identify } from "./identify.ts";
import type { ServerName } from "./server-name.ts";
import { Unavailable } from "./unavailable.ts";

export type { FoundServer } from "./identify.ts";

/** llama-server's port and the one that it announces as its next default, Ollama's, and vLLM's. */
const USUAL_URLS = [8080, 9931, 11434, 8000].map((port) => `http://127.0.0.1:${port}`);
const NAMED_BY = {
  "llama-server": { variable: "INHOUSE_LLAMACPP_URL", title: "a llama-server" },
  ollama: { variable: "INHOUSE_OLLAMA_URL", title: "an Ollama" },
  vllm: { variable: "INHOUSE_VLLM_URL", title: "a vLLM" },
} as const satisfies Record<ServerName, { variable: string; title: string }>;
const SERVER_NAMES = Object.keys(NAMED_BY) as readonly ServerName[];

export interface FindOptions {
  /** Which servers count. Default all. */
  names?: readonly ServerName[] | undefined;
  /** Where to look. Default: what the variables name, then ports 8080, 9931, 11434 and 8000 of this machine. */
  urls?: readonly string[] | undefined;
  apiKey?: string | undefined;
  /** For each address. Default 500 ms, for one that a variable names 3 s, as it may be far away. */
  timeoutMs?: number | undefined;
}

/**
 * The servers that run already, in the order of the addresses: what INHOUSE_LLAMACPP_URL, INHOUSE_OLLAMA_URL and
 * INHOUSE_VLLM_URL name comes first. Throws where such a variable is set and leads to no server of its kind: whoever set
 * it means that server and no other.
 */
export async function findServers(options: FindOptions = {}): Promise<FoundServer[]> {
  const { names = SERVER_NAMES, apiKey } = options;
  const meant = options.urls === undefined ? namedByVariables(names) : [];
  const usual = (options.urls ?? USUAL_URLS).map(withoutPath);
  const urls = new Set([...meant.map(({ url }) => url), ...usual]);
  const timeoutMs = (url: string) => options.timeoutMs ?? (meant.some((one) => one.url === url) ? 3000 : 500);
  const found = await Promise.all([...urls].map((url) => identify(url, apiKey, timeoutMs(url))));
  for (const { name, url } of meant) {
    if (found.some((server) => server?.url === url && server.name === name)) continue;
    const { variable, title } = NAMED_BY[name];
    throw new Unavailable(
      `${title} at ${variable}=${process.env[variable]}`,
      `Nothing there says within ${timeoutMs(url)} ms that it is one. Start it, correct the address, or unset the variable.`,
    );
  }
  return found.filter((server) => server !== undefined).filter(({ name }) => names.includes(name));
}

function namedByVariables(names: readonly ServerName[]): { name: ServerName; url: string }[] {
  return names.flatMap((name) => {
    const url = process.env[NAMED_BY[name].variable];
    return url ? [{ name, url: withoutPath(url) }] : [];
  });
}

function withoutPath(url: string): string {
  return url.replace(/\/+$/, "").replace(/\/v1$/, "");
}
