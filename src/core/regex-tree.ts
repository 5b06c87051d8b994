import { refused } from "./json-schema.ts";
import { parseRegex } from "./regex-parse.ts";
import { wholeText } from "./regex-write.ts";
import { droppedOf, type Regex } from "./regex.ts";

/**
 * The tree of a regular expression that a whole text must match; throws `invalid-request` where it is none, and for
 * look-around, references back, word boundaries and the like: no server can hold a model to them, and no check of them
 * is sure to end. Classes of Unicode such as `\p{L}` hold all that is beyond ASCII, unless `exact`.
 */
export function regexTree(place: string, pattern: string, exact?: "exact"): Regex {
  const tree = isRegex(pattern) ? parseRegex(pattern, exact) : undefined;
  if (!tree) throw refused(place, `"${pattern}" is no regular expression (with the flag u)`);
  const whole = wholeText(sequenceOf(tree));
  const dropped = droppedOf(whole).filter((what) => what !== beyondAscii);
  if (dropped.length > 0) throw refused(place, `${dropped.join(" and ")} cannot be enforced`, "Say it without.");
  return whole;
}

/** The whole text is meant, with anchors and without. */
const sequenceOf = (tree: Regex): Regex =>
  tree.is === "either"
    ? { is: "either", options: tree.options.map(sequenceOf) }
    : { is: "sequence", parts: [{ is: "start" }, ...partsOf(tree), { is: "end" }] };

function partsOf(tree: Regex): readonly Regex[] {
  const parts = tree.is === "sequence" ? tree.parts : [tree];
  const from = parts[0]?.is === "start" ? 1 : 0;
  return parts.slice(from, parts.at(-1)?.is === "end" && parts.length > from ? -1 : undefined);
}

/** Is approximate in what a server is sent, and exact where the answer is checked. */
const beyondAscii = "a class of Unicode beyond ASCII";

function isRegex(pattern: string): boolean {
  try {
    return RegExp(pattern, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
