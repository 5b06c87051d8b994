import type { Protocol } from "./peers.ts";
import type { OpenSubject } from "./subject.ts";

/** Loads a subject, and with it the packages that it is made of: none before, so that nobody else pays for them. */
export async function openSubject(name: string, protocol: Protocol): Promise<OpenSubject> {
  if (name === "floor") {
    return protocol === "sse"
      ? (await import("./floor.ts")).openFloor
      : (await import("./ndjson-floor.ts")).openNdjsonFloor;
  }
  if (name === "inhouse") {
    return protocol === "sse"
      ? (await import("./inhouse.ts")).openInhouse
      : (await import("./ndjson-inhouse.ts")).openNdjsonInhouse;
  }
  // Not by its own name, or whoever has not installed the peers could not check the types of the rest.
  const { open } = (await import(`./peers/${name}.ts`)) as { readonly open: OpenSubject };
  return open;
}
