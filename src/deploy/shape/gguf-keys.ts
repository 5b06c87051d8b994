import type { GgufList, GgufValue } from "./gguf-metadata.ts";

/** The metadata that belong to a model's architecture, without its name before them. */
export interface GgufKeys {
  has(key: string): boolean;
  /** A number that is the same for all layers; of a list, nothing. */
  number(key: string): number | undefined;
  /** A list by layer. */
  list(key: string): readonly (number | boolean | string)[] | undefined;
  /** A number for each layer, told as one for all or as a list; where it is not told, `otherwise`, else 0. */
  perLayer(key: string, otherwise?: (layer: number) => number): (layer: number) => number;
}

/** The keys that begin with an architecture's name. */
export function ggufKeys(metadata: ReadonlyMap<string, GgufValue>, architecture: string): GgufKeys {
  const valueOf = (key: string): GgufValue | undefined => metadata.get(`${architecture}.${key}`);
  const listOf = (key: string): GgufList["values"] => {
    const value = valueOf(key);
    return typeof value === "object" ? value.values : undefined;
  };
  return {
    has: (key) => valueOf(key) !== undefined,
    number(key) {
      const value = valueOf(key);
      return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
    },
    list: listOf,
    perLayer(key, otherwise = () => 0) {
      const value = valueOf(key);
      if (typeof value === "number") return () => value;
      const values = listOf(key);
      return values ? (layer) => Number(values[layer] ?? 0) : otherwise;
    },
  };
}

/** A text of the metadata. */
export function textOf(metadata: ReadonlyMap<string, GgufValue>, key: string): string | undefined {
  const value = metadata.get(key);
  return typeof value === "string" && value !== "" ? value : undefined;
}
