import type { ByteSource } from "./byte-source.ts";
import { ggufShape } from "./gguf-shape.ts";
import { readGguf, type GgufFile } from "./gguf.ts";
import { malformed } from "./malformed.ts";
import type { ModelShape } from "./model-shape.ts";

/** Opens a file by its path or address. */
export type OpenSource = (name: string) => Promise<ByteSource>;

const maxParts = 1_000;

/**
 * Reads the shape of a model in one GGUF file, or in several (`…-00001-of-00003.gguf`), whose others are found beside the
 * one given; with `projector`, the file of its encoder of pictures or sound too. Only what stands before the tensors' data
 * is read. Rejects as `readGguf` does, and with `not-found` where a part is missing.
 */
export async function readGgufModel(
  path: string,
  open: OpenSource,
  options: { readonly projector?: string; readonly signal?: AbortSignal } = {},
): Promise<ModelShape> {
  const { projector, signal } = options;
  const given = await readOne(path, open, signal);
  const encoder = projector === undefined ? undefined : await readOne(projector, open, signal);
  const count = given.metadata.get("split.count");
  if (typeof count !== "number" || count <= 1) return ggufShape([given], encoder);
  if (count > maxParts) throw malformed(path, `it claims to be one of ${count} parts`);
  const parts: GgufFile[] = [];
  for (const name of partNames(path, count)) parts.push(name === path ? given : await readOne(name, open, signal));
  const [first, ...rest] = parts;
  const tensors = parts.reduce((sum, part) => sum + part.tensors.length, 0);
  const expected = given.metadata.get("split.tensors.count");
  if (typeof expected === "number" && expected !== tensors) {
    throw malformed(path, `its ${count} parts hold ${tensors} tensors, and should hold ${expected}`);
  }
  return ggufShape([first ?? given, ...rest], encoder);
}

async function readOne(path: string, open: OpenSource, signal: AbortSignal | undefined): Promise<GgufFile> {
  const source = await open(path);
  try {
    return await readGguf(source, signal);
  } finally {
    await source.close();
  }
}

/** The names of all parts, by the name of one of them. */
function partNames(path: string, count: number): readonly string[] {
  const [, stem, , of, end = ""] = /^(.*-)(\d{5})-of-(\d{5})(\.gguf(?:\?.*)?)$/.exec(path) ?? [];
  if (stem === undefined || Number(of) !== count) {
    throw malformed(
      path,
      `it is one of ${count} parts, and is not named so`,
      "Keep the names that the parts were made with: model-00001-of-00003.gguf.",
    );
  }
  return Array.from({ length: count }, (_, part) => `${stem}${String(part + 1).padStart(5, "0")}-of-${of}${end}`);
}
