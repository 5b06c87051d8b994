import { cp, link, mkdir, mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";

import { isMadeOf, stampAsMadeOf } from "../made-of.ts";

/** Ollama's own layout: a manifest per model, and blobs that manifests share. */
const MANIFESTS = join("manifests", "registry.ollama.ai", "library");

export function sharedStore(cache: string): string {
  return join(cache, "ollama-models");
}

/** Whether the store holds the model as it is to be. */
export async function isInStore(store: string, name: string, madeOf: string): Promise<boolean> {
  return await isMadeOf(join(store, "made", name), madeOf);
}

export async function stampInStore(store: string, name: string, madeOf: string): Promise<void> {
  await mkdir(join(store, "made", name), { recursive: true });
  await stampAsMadeOf(join(store, "made", name), madeOf);
}

/** A new store that holds these models. The blobs are linked, as Ollama deletes them but never writes into one. */
export async function ownStore(cache: string, names: readonly string[]): Promise<string> {
  const shared = sharedStore(cache);
  const own = await mkdtemp(join(cache, "ollama-own-store-"));
  await mkdir(join(own, "blobs"));
  const blobs = new Set<string>();
  for (const name of names) {
    await cp(join(shared, MANIFESTS, name), join(own, MANIFESTS, name), { recursive: true });
    const manifest = await readFile(join(own, MANIFESTS, name, "latest"), "utf8");
    for (const [, digest] of manifest.matchAll(/"sha256:([0-9a-f]+)"/g)) blobs.add(`sha256-${digest}`);
  }
  for (const blob of blobs) await link(join(shared, "blobs", blob), join(own, "blobs", blob));
  return own;
}
