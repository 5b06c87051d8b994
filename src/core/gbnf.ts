import { writeSet } from "./regex-write.ts";
import type { Regex } from "./regex.ts";

/** A grammar of llama.cpp (GBNF) for one of some texts. */
export const gbnfChoice = (options: readonly string[]): string => `root ::= ${options.map(literal).join(" | ")}`;

/** A grammar of llama.cpp for the texts that a tree of a `wholeText` matches. */
export const gbnfRegex = (regex: Regex): string => `root ::= ${write(regex)}`;

function write(regex: Regex): string {
  switch (regex.is) {
    case "set":
      return writeSet(regex.ranges, "class");
    case "sequence":
      return (
        regex.parts
          .map(write)
          .filter((text) => text !== '""')
          .join(" ") || '""'
      );
    case "either":
      return `(${regex.options.map(write).join(" | ")})`;
    case "repeat": {
      const { of, min, max } = regex;
      return max === 0 ? '""' : `(${write(of)}){${min},${max === Number.POSITIVE_INFINITY ? "" : max}}`;
    }
    case "start":
    case "end":
    case "dropped":
      return '""';
  }
}

function literal(text: string): string {
  const characters = Array.from(text, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    return character === '"' || character === "\\" ? `\\${character}` : character;
  });
  return `"${characters.join("")}"`;
}
