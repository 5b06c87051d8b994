import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import { readModelLock } from "../deploy.ts";

/** A model that lies on this machine. */
export interface FoundModel {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** An `inhouse-model.json` says what its files have to be. */
  readonly pinned: boolean;
}

/** Folders below a folder that are looked into. */
const mostDepth = 4;

/** GGUF files and folders of safetensors in a folder and those below it; nothing where there is no such folder. */
export async function modelsIn(root: string): Promise<readonly FoundModel[]> {
  return await found(root, root, 0);
}

async function found(root: string, folder: string, depth: number): Promise<readonly FoundModel[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const lock = await readModelLock(folder).catch(() => undefined);
  const pinned = new Set((lock?.models ?? []).flatMap(({ files }) => files.map(({ path }) => path)));
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const models: FoundModel[] = [];
  const shown = (path: string): string => relative(root, path) || ".";
  const tensors = names.filter((name) => name.endsWith(".safetensors"));
  if (tensors.length > 0) {
    const sizeBytes = await sizeOf(tensors.map((name) => join(folder, name)));
    models.push({ name: shown(folder), path: folder, sizeBytes, pinned: tensors.every((name) => pinned.has(name)) });
  }
  for (const name of names.filter((file) => /\.gguf$/i.test(file) && !/-(?!00001-)\d{5}-of-\d{5}\.gguf$/i.test(file))) {
    const parts = names.filter((other) => wholeName(other) === wholeName(name));
    const path = join(folder, name);
    const sizeBytes = await sizeOf(parts.map((part) => join(folder, part)));
    models.push({ name: shown(path), path, sizeBytes, pinned: pinned.has(name) });
  }
  if (depth === mostDepth) return models;
  for (const entry of entries.filter((below) => below.isDirectory() && !below.name.startsWith("."))) {
    models.push(...(await found(root, join(folder, entry.name), depth + 1)));
  }
  return models;
}

/** The models of Ollama's store, by the names that `ollama run` takes. */
export async function ollamaModelsIn(store: string): Promise<readonly FoundModel[]> {
  const root = join(store, "manifests");
  const files = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const models: FoundModel[] = [];
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    const layers = await layersOf(path);
    const [host = "", space = "", model = "", tag = ""] = relative(root, path).split(sep);
    if (!layers || tag === "") continue;
    const place = host === "registry.ollama.ai" ? (space === "library" ? [] : [space]) : [host, space];
    models.push({
      name: `${[...place, model].join("/")}:${tag}`,
      path,
      sizeBytes: layers.reduce((sum, size) => sum + size, 0),
      pinned: false,
    });
  }
  return models;
}

/** The sizes of a manifest's layers. */
async function layersOf(path: string): Promise<readonly number[] | undefined> {
  try {
    const { layers } = JSON.parse(await readFile(path, "utf8")) as { readonly layers?: unknown };
    if (!Array.isArray(layers)) return undefined;
    return layers.map((layer: { readonly size?: unknown } | null) => Number(layer?.size) || 0);
  } catch {
    return undefined; // no manifest
  }
}

const wholeName = (name: string): string => name.replace(/-\d{5}-of-\d{5}\.gguf$/i, ".gguf");

async function sizeOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
