import { complement, lastCodePoint, union, type Range } from "./regex.ts";

const digits: readonly Range[] = [[0x30, 0x39]];
const words: readonly Range[] = [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const lineEnds: readonly Range[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x20_28, 0x20_29],
];
const spaces: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x16_80, 0x16_80],
  [0x20_00, 0x20_0a],
  [0x20_28, 0x20_29],
  [0x20_2f, 0x20_2f],
  [0x20_5f, 0x20_5f],
  [0x30_00, 0x30_00],
  [0xfe_ff, 0xfe_ff],
];

/** What `.` means. */
export const dot: readonly Range[] = complement(lineEnds);

const classes: Readonly<Record<string, readonly Range[]>> = {
  d: digits,
  D: complement(digits),
  w: union(words),
  W: complement(words),
  s: spaces,
  S: complement(spaces),
};

/** The characters of `\d`, `\w`, `\s` and their opposites; undefined for another letter. */
export const classOf = (letter: string): readonly Range[] | undefined =>
  Object.hasOwn(classes, letter) ? classes[letter] : undefined;

/**
 * The characters of a property such as `\p{L}`, exact in ASCII and all beyond it: the exact ones would make a grammar of
 * thousands of ranges.
 */
export function propertyClass(escape: string): readonly Range[] {
  const matches = new RegExp(escape, "u");
  const ascii = Array.from({ length: 0x80 }, (_, code) => code).filter((code) =>
    matches.test(String.fromCharCode(code)),
  );
  return union([...ascii.map((code): Range => [code, code]), [0x80, lastCodePoint]]);
}

/** The characters of a property, exactly; it takes some 50 ms. */
export function exactPropertyClass(escape: string): readonly Range[] {
  const matches = new RegExp(escape, "u");
  const ranges: Range[] = [];
  let from: number | undefined;
  for (let code = 0; code <= lastCodePoint + 1; code += 1) {
    const isIn = code <= lastCodePoint && matches.test(String.fromCodePoint(code));
    if (isIn) from ??= code;
    else if (from !== undefined) {
      ranges.push([from, code - 1]);
      from = undefined;
    }
  }
  return ranges;
}
