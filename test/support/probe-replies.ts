import type { ProbeReplies, ServerIdentity } from "../../src/http/server-identity.ts";

/** What a running server answers to the questions of an identity. */
export async function probeReplies(url: string, { paths }: ServerIdentity, apiKey?: string): Promise<ProbeReplies> {
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const replies = await Promise.all(
    paths.map(async (path) => {
      const response = await fetch(url + path, { headers });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
      const body: unknown = isJson ? JSON.parse(text) : text;
      return [path, { status: response.status, headers: Object.fromEntries(response.headers), body }] as const;
    }),
  );
  return new Map(replies);
}
