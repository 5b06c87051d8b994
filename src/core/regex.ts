/** Code points from one to another, both included. */
export type Range = readonly [from: number, to: number];

/** A regular expression as a tree, with what a context-free grammar can say, and assertions that it cannot. */
export type Regex =
  /** One character of a set; its ranges are sorted and apart. */
  | { readonly is: "set"; readonly ranges: readonly Range[] }
  | { readonly is: "sequence"; readonly parts: readonly Regex[] }
  | { readonly is: "either"; readonly options: readonly Regex[] }
  | { readonly is: "repeat"; readonly of: Regex; readonly min: number; readonly max: number }
  /** `^` and `$`. */
  | { readonly is: "start" }
  | { readonly is: "end" }
  /** What is left out, so that more matches: look-around, `\b`, a reference back (then as anything). */
  | { readonly is: "dropped"; readonly what: string };

/** The last code point there is. */
export const lastCodePoint = 0x10_ff_ff;
/** Any character. */
export const anyCharacter: Regex = { is: "set", ranges: [[0, lastCodePoint]] };
/** Any text. */
export const anyText: Regex = { is: "repeat", of: anyCharacter, min: 0, max: Number.POSITIVE_INFINITY };

/** The same characters as sorted ranges that do not touch. */
export function union(ranges: readonly Range[]): readonly Range[] {
  const sorted = ranges.toSorted(([a], [b]) => a - b);
  const apart: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = apart.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else apart.push([from, to]);
  }
  return apart;
}

/** All other characters. */
export function complement(ranges: readonly Range[]): readonly Range[] {
  const others: Range[] = [];
  let next = 0;
  for (const [from, to] of union(ranges)) {
    if (from > next) others.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= lastCodePoint) others.push([next, lastCodePoint]);
  return others;
}

/** Whether a character is in a set. */
export const has = (ranges: readonly Range[], code: number): boolean =>
  ranges.some(([from, to]) => from <= code && code <= to);

/** A sequence without needless nesting. */
export const sequence = (parts: readonly Regex[]): Regex =>
  parts.length === 1 && parts[0] ? parts[0] : { is: "sequence", parts };

/** What of a tree is left out where it is written, each once. */
export function droppedOf(regex: Regex): readonly string[] {
  switch (regex.is) {
    case "dropped":
      return [regex.what];
    case "sequence":
      return [...new Set(regex.parts.flatMap(droppedOf))];
    case "either":
      return [...new Set(regex.options.flatMap(droppedOf))];
    case "repeat":
      return droppedOf(regex.of);
    case "start":
    case "end":
      return ["an anchor inside"];
    case "set":
      return [];
  }
}
