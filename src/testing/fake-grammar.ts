import { parseRegex } from "../core/regex-parse.ts";
import { has, type Range, type Regex } from "../core/regex.ts";

/** A short text that a regular expression matches; undefined where it has what cannot be read here. */
export function fittingRegex(pattern: string): string | undefined {
  const tree = parseRegex(pattern);
  return tree && shortest(tree);
}

function shortest(regex: Regex): string {
  switch (regex.is) {
    case "set":
      return characterOf(regex.ranges);
    case "sequence":
      return regex.parts.map(shortest).join("");
    case "either":
      return regex.options.map(shortest).toSorted((a, b) => a.length - b.length)[0] ?? "";
    case "repeat":
      return shortest(regex.of).repeat(regex.min);
    default:
      return "";
  }
}

/** A letter or a digit where there is one, else the first that can be printed. */
function characterOf(ranges: readonly Range[]): string {
  const usual = Array.from("a0A ").find((character) => has(ranges, character.charCodeAt(0)));
  const [from, to] = ranges.find((range) => range[1] > 32) ?? ranges[0] ?? [97, 97];
  return usual ?? String.fromCodePoint(Math.min(Math.max(from, 33), to));
}

/** A text of a grammar in GBNF, of the first alternatives that come to an end; undefined where it cannot be read here. */
export function fittingGrammar(grammar: string): string | undefined {
  const rules = new Map<string, string>();
  for (const line of grammar.replaceAll(/#.*$/gm, "").split(/\n(?=\s*[\w-]+\s*::=)/)) {
    const [, name, body] = /^\s*([\w-]+)\s*::=([^]*)$/.exec(line) ?? [];
    if (name !== undefined && body !== undefined) rules.set(name, body);
  }
  const known = new Map<string, string>();
  // Each round knows the texts of rules that are made of those of the rounds before, so recursion comes to its end.
  for (let before = -1; before < known.size && !known.has("root");) {
    before = known.size;
    for (const [name, body] of rules) {
      const text = known.has(name) ? undefined : alternatives(body.match(token) ?? [], (rule) => known.get(rule));
      if (text !== undefined) known.set(name, text);
    }
  }
  return known.get("root");
}

/** A literal, a class, a name, a repetition, a bracket or a bar. */
const token = /"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[\w-]+|\{\d*,?\d*\}|[()|*+?.]/g;

/** The first alternative that has a text. */
function alternatives(tokens: readonly string[], look: (name: string) => string | undefined): string | undefined {
  for (const parts of split(tokens)) {
    const text = sequenceOf(parts, look);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Cuts at the bars that stand in no bracket. */
function split(tokens: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  let open = 0;
  for (const part of tokens) {
    if (part === "(") open += 1;
    if (part === ")") open -= 1;
    if (part === "|" && open === 0) parts.push([]);
    else parts.at(-1)?.push(part);
  }
  return parts;
}

function sequenceOf(tokens: readonly string[], look: (name: string) => string | undefined): string | undefined {
  let text = "";
  for (let at = 0; at < tokens.length;) {
    const end = tokens[at] === "(" ? closing(tokens, at) : at;
    const times = leastOf(tokens[end + 1]);
    const piece = times === 0 ? "" : elementOf(tokens.slice(at, end + 1), look);
    if (piece === undefined) return undefined;
    text += piece.repeat(times ?? 1);
    at = end + (times === undefined ? 1 : 2);
  }
  return text;
}

function closing(tokens: readonly string[], from: number): number {
  let open = 0;
  for (let at = from; at < tokens.length; at += 1) {
    if (tokens[at] === "(") open += 1;
    if (tokens[at] === ")") open -= 1;
    if (open === 0) return at;
  }
  return tokens.length - 1;
}

/** How often an element must be there at least; undefined where what follows is no repetition. */
function leastOf(repetition = ""): number | undefined {
  if (repetition === "*" || repetition === "?") return 0;
  if (repetition === "+") return 1;
  return repetition.startsWith("{") ? Number(/\d+/.exec(repetition)?.[0] ?? 0) : undefined;
}

function elementOf(tokens: readonly string[], look: (name: string) => string | undefined): string | undefined {
  const [first = ""] = tokens;
  if (first === "(") return alternatives(tokens.slice(1, -1), look);
  if (first.startsWith('"')) return unescaped(first.slice(1, -1));
  if (first.startsWith("[")) return fittingRegex(first.replaceAll(/\\x([0-9a-fA-F]{2})/g, "\\u00$1"));
  return first === "." ? "a" : look(first);
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, letter: string) => ({ n: "\n", r: "\r", t: "\t" })[letter] ?? letter);
