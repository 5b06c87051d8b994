import { anyText, complement, has, lastCodePoint, type Range, type Regex } from "./regex.ts";

/** How a server reads a regular expression. */
export interface RegexForm {
  /** Whether it is compared with the text itself, or with the text as JSON writes it between the quotes. */
  readonly reads: "text" | "json";
  /** The largest count that the server takes; what counts further is written without an upper limit. */
  readonly maxRepetition: number;
}

/** Characters that stand for themselves in every notation. */
const plain = /^[\w :;,@=!#%&'<>~/-]$/;
/** What JSON escapes, and the letter after the backslash where there is one. */
const jsonEscapes: Readonly<Record<number, string>> = {
  0x08: "b",
  0x09: "t",
  0x0a: "n",
  0x0c: "f",
  0x0d: "r",
  0x22: "[\\x22]",
  0x5c: "[\\x5C]",
};
const escapedInJson: readonly Range[] = [
  [0x00, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
];

/**
 * A tree of a `wholeText` as the source of a regular expression that matches from `^` to `$`, in the notation that all servers share:
 * groups, classes of ranges, alternatives, counts. It matches whatever the tree matches, and where something was left
 * out, more.
 */
export function writeRegex(regex: Regex, form: RegexForm): string {
  const text = write(regex, form);
  return `^${regex.is === "either" ? `(${text})` : text}$`;
}

/** A tree that matches the whole of a text somewhere in which the given one matches. */
export function wholeText(regex: Regex): Regex {
  if (regex.is === "either") return { is: "either", options: regex.options.map(wholeText) };
  const parts = regex.is === "sequence" ? regex.parts : [regex];
  const solid = parts.filter(({ is }) => is !== "dropped");
  const starts = solid[0]?.is === "start";
  const ends = solid.at(-1)?.is === "end";
  const rest = solid.slice(starts ? 1 : 0, ends ? solid.length - (solid.length === 1 && starts ? 0 : 1) : undefined);
  const dropped = parts.filter(({ is }) => is === "dropped");
  return { is: "sequence", parts: [...(starts ? [] : [anyText]), ...rest, ...(ends ? [] : [anyText]), ...dropped] };
}

function write(regex: Regex, form: RegexForm): string {
  switch (regex.is) {
    case "set":
      return form.reads === "json" ? writeInJson(regex.ranges) : writeSet(regex.ranges);
    case "sequence":
      return regex.parts.map((part) => (part.is === "either" ? `(${write(part, form)})` : write(part, form))).join("");
    case "either":
      return writeOptions(regex.options, form);
    case "repeat":
      return writeRepeat(regex, form);
    case "start":
    case "end":
    case "dropped":
      return "";
  }
}

/** Not all notations take an alternative that is empty. */
function writeOptions(options: readonly Regex[], form: RegexForm): string {
  const written = options.map((option) => write(option, form));
  const some = [...new Set(written.filter((text) => text !== ""))];
  const all = some.join("|");
  return some.length < written.length && some.length > 0 && written.includes("") ? `(${all})?` : all;
}

function writeRepeat({ of, min, max }: Extract<Regex, { is: "repeat" }>, form: RegexForm): string {
  const text = write(of, form);
  if (text === "" || max === 0) return "";
  const item = /^(?:[\w ]|\[(?:\\.|[^\\\]])*\])$/u.test(text) ? text : `(${text})`;
  const from = Math.min(min, form.maxRepetition);
  if (max > form.maxRepetition) return from === 0 ? `${item}*` : from === 1 ? `${item}+` : `${item}{${from},}`;
  if (from === 0 && max === 1) return `${item}?`;
  return from === max ? `${item}{${from}}` : `${item}{${from},${max}}`;
}

/** A set as a class of ranges, or as the one character that it is; `class`: always as a class. */
export function writeSet(ranges: readonly Range[], as?: "class"): string {
  const [first] = ranges;
  if (!first) return "[^\\x00-\\uFFFF\u{10000}-\u{10FFFF}]"; // no character at all
  if (ranges.length === 1 && first[0] === first[1]) {
    const character = String.fromCodePoint(first[0]);
    return plain.test(character) && !as ? character : `[${writeCode(first[0])}]`;
  }
  const open = ranges.at(-1)?.[1] === lastCodePoint;
  const listed = open ? complement(ranges) : ranges;
  if (listed.length === 0) return "[\\x00-\\uFFFF\u{10000}-\u{10FFFF}]";
  const text = listed.map(([from, to]) => (from === to ? writeCode(from) : `${writeCode(from)}-${writeCode(to)}`));
  // Escapes last: xgrammar 0.2.8 takes a digit or letter after one for a part of it.
  const inOrder = [...text.filter((item) => !item.includes("\\")), ...text.filter((item) => item.includes("\\"))];
  return `[${open ? "^" : ""}${inOrder.join("")}]`;
}

function writeCode(code: number): string {
  const character = String.fromCodePoint(code);
  if (/^[\w .,:;!?@#%&'/+=~*(){}|$<>]$/.test(character)) return character;
  if (code < 0x80) return `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`;
  if (code <= 0xff_ff && !/[\p{L}\p{N}]/u.test(character))
    return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return character;
}

/** The characters of a set as they stand in a JSON string: some as they are, some after a backslash. */
function writeInJson(ranges: readonly Range[]): string {
  const asTheyAre = without(ranges, escapedInJson);
  const options = asTheyAre.length > 0 ? [writeSet(asTheyAre)] : [];
  const open = ranges.at(-1)?.[1] === lastCodePoint;
  const letters = Object.entries(jsonEscapes).filter(([code]) => has(ranges, Number(code)));
  if (letters.length > 0) options.push(...letters.map(([, letter]) => `[\\x5C]${letter}`));
  if (open) options.push("[\\x5C]u[0-9a-fA-F]{4}");
  else {
    for (let code = 0; code < 0x20; code += 1) {
      if (!has(ranges, code) || code in jsonEscapes) continue;
      options.push(`[\\x5C]u00${code.toString(16).padStart(2, "0")}`);
    }
  }
  return options.length === 1 && options[0] !== undefined ? options[0] : `(${options.join("|")})`;
}

/** The characters of the one that are not in the other. */
function without(ranges: readonly Range[], others: readonly Range[]): readonly Range[] {
  return complement([...complement(ranges), ...others]);
}
