import { z } from "zod";

import type { ServerName } from "./server-name.ts";

export interface FoundServer {
  readonly name: ServerName;
  /** Without a slash at the end. */
  readonly url: string;
  /** As the server states it, where it does: `b11434-pypi` of llama.cpp, `0.34.2` of the others. */
  readonly version: string | undefined;
  /** The names of its models. */
  readonly models: readonly string[];
}

/** What a server says at a path: JSON, or nothing where it says no or anything else. */
type Ask = (path: string) => Promise<unknown>;

const Props = z.object({ build_info: z.string() });
const Version = z.object({ version: z.string() });
const Models = z.object({ data: z.array(z.object({ id: z.string(), owned_by: z.string() })) });
const Tags = z.object({ models: z.array(z.object({ name: z.string() })) });

/**
 * Which server is at the address. A program counts when it states a build or models of its own kind; one that is loading
 * or refuses the key does not.
 */
export async function identify(
  url: string,
  apiKey: string | undefined,
  timeoutMs: number,
): Promise<FoundServer | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const ask: Ask = async (path) => {
    try {
      const response = await fetch(`${url}${path}`, { headers, signal });
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined;
    }
  };
  const facts = await Promise.all([llamaServer(ask), ollama(ask), vllm(ask)]);
  const found = facts.find((fact) => fact !== undefined);
  return found === undefined ? undefined : { url, ...found };
}

type Facts = Omit<FoundServer, "url">;

async function llamaServer(ask: Ask): Promise<Facts | undefined> {
  const [props, models] = await Promise.all([ask("/props"), modelsOf("llamacpp", ask)]);
  const version = Props.safeParse(props).data?.build_info;
  return version === undefined && models.length === 0 ? undefined : { name: "llama-server", version, models };
}

async function ollama(ask: Ask): Promise<Facts | undefined> {
  const [version, tags] = await Promise.all([ask("/api/version"), ask("/api/tags")]);
  const stated = Version.safeParse(version).data?.version;
  const listed = Tags.safeParse(tags).data?.models;
  if (stated === undefined || listed === undefined) return undefined;
  return { name: "ollama", version: stated, models: listed.map(({ name }) => name.replace(/:latest$/, "")) };
}

async function vllm(ask: Ask): Promise<Facts | undefined> {
  const [version, models] = await Promise.all([ask("/version"), modelsOf("vllm", ask)]);
  if (models.length === 0) return undefined;
  return { name: "vllm", version: Version.safeParse(version).data?.version, models };
}

async function modelsOf(owner: string, ask: Ask): Promise<string[]> {
  const listed = Models.safeParse(await ask("/v1/models")).data?.data ?? [];
  return listed.filter((model) => model.owned_by === owner).map(({ id }) => id);
}
