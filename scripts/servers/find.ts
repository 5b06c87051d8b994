import { z } from "zod";

import { Unavailable } from "./unavailable.ts";

/** llama-server's port, and the one that it announces as its next default. */
const USUAL_URLS = ["http://127.0.0.1:8080", "http://127.0.0.1:9931"];

export interface FoundServer {
  readonly name: "llama-server";
  /** Without a slash at the end. */
  readonly url: string;
  /** llama.cpp's build as the server states it, such as `b11434-pypi`, where it does. */
  readonly version: string | undefined;
  /** The names of its models. */
  readonly models: readonly string[];
}

export interface FindOptions {
  /** Where to look. Default: INHOUSE_LLAMACPP_URL, then ports 8080 and 9931 of this machine. */
  urls?: readonly string[] | undefined;
  apiKey?: string | undefined;
  /** For each address. Default 500 ms, for INHOUSE_LLAMACPP_URL 3 s, as it may be far away. */
  timeoutMs?: number | undefined;
}

const Props = z.object({ build_info: z.string() });
const Models = z.object({ data: z.array(z.object({ id: z.string(), owned_by: z.literal("llamacpp") })) });

/**
 * The llama-servers that run already, in the order of the addresses. A program counts when it states a llama.cpp build
 * or models of llama.cpp; one that is loading or refuses the key does not. Throws where INHOUSE_LLAMACPP_URL is set and
 * leads to none: whoever set it means that server and no other.
 */
export async function findServers(options: FindOptions = {}): Promise<FoundServer[]> {
  const { apiKey } = options;
  const named = options.urls === undefined ? process.env["INHOUSE_LLAMACPP_URL"] : undefined;
  const urls = options.urls ?? [...(named ? [named] : []), ...USUAL_URLS];
  const roots = [...new Set(urls.map(withoutPath))];
  const timeoutMs = (index: number) => options.timeoutMs ?? (named && index === 0 ? 3000 : 500);
  const found = await Promise.all(roots.map((url, index) => identify(url, apiKey, timeoutMs(index))));
  if (named && found[0] === undefined) {
    throw new Unavailable(
      `a llama-server at INHOUSE_LLAMACPP_URL=${named}`,
      `Nothing there says within ${timeoutMs(0)} ms that it is one. Start it, correct the address, or unset the variable.`,
    );
  }
  return found.filter((server) => server !== undefined);
}

async function identify(url: string, apiKey: string | undefined, timeoutMs: number): Promise<FoundServer | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const ask = async (path: string): Promise<unknown> => {
    try {
      const response = await fetch(`${url}${path}`, { headers, signal });
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined;
    }
  };
  const [props, models] = await Promise.all([ask("/props"), ask("/v1/models")]);
  const stated = Props.safeParse(props).data;
  const listed = Models.safeParse(models).data;
  if (stated === undefined && !listed?.data.length) return undefined;
  return {
    name: "llama-server",
    url,
    version: stated?.build_info,
    models: listed?.data.map((model) => model.id) ?? [],
  };
}

function withoutPath(url: string): string {
  return url.replace(/\/+$/, "").replace(/\/v1$/, "");
}
