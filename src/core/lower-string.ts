import type { JsonSchema } from "./json-schema.ts";
import { countLimits, relaxAll, type Lowering } from "./lowering.ts";
import { parseRegex } from "./regex-parse.ts";
import { wholeText, writeRegex } from "./regex-write.ts";
import { droppedOf } from "./regex.ts";
import type { Fact } from "./schema-facts.ts";
import type { SchemaNode } from "./schema-index.ts";

const unheeded = "it is not heeded";

/** What holds of a string: a pattern, else a format, else a length; `false` where no string fits. */
export function lowerString(facts: readonly Fact[], lowering: Lowering): JsonSchema | false {
  const { support, relax } = lowering;
  const limits = countLimits(facts, ["minLength", "maxLength"], lowering);
  if (!limits) return false;
  const pattern = firstOf(facts, "pattern", (fact, text) => lowerPattern(fact, text, lowering), lowering);
  if (pattern !== undefined) {
    // A format beside a pattern says in a word what the pattern says (zod writes both).
    for (const keyword of ["minLength", "maxLength"]) relaxAll(facts, keyword, "pattern goes first", relax);
    return { pattern };
  }
  const known = (_: Fact, format: string) => (support.formats.includes(format) ? format : undefined);
  const format = firstOf(facts, "format", known, lowering);
  if (format !== undefined || !support.lengths) {
    const why = format === undefined ? unheeded : "format goes first";
    for (const keyword of ["minLength", "maxLength"]) relaxAll(facts, keyword, why, relax);
    return format === undefined ? {} : { format };
  }
  const { min, max } = limits;
  return { ...(min > 0 ? { minLength: min } : {}), ...(max === undefined ? {} : { maxLength: max }) };
}

/** What a pattern is in the server's notation; `undefined` where it has none. */
export function lowerPattern(node: SchemaNode, pattern: string, { support, relax }: Lowering): string | undefined {
  if (!support.patterns) return undefined;
  const tree = parseRegex(pattern);
  if (!tree) return undefined;
  const whole = wholeText(tree);
  const dropped = droppedOf(whole);
  if (dropped.length > 0) relax(node, "pattern", `without ${dropped.join(" and ")}`);
  return writeRegex(whole, { reads: "json", maxRepetition: support.maxRepetition });
}

/** Servers take one pattern and one format; of several that hold together the first that can be said. */
function firstOf(
  facts: readonly Fact[],
  keyword: string,
  lower: (fact: Fact, value: string) => string | undefined,
  { relax }: Lowering,
): string | undefined {
  let first: string | undefined;
  let source: unknown;
  for (const fact of facts) {
    const value = fact.schema[keyword];
    if (typeof value !== "string" || value === source) continue;
    const lowered = first === undefined ? lower(fact, value) : undefined;
    if (lowered === undefined) relax(fact, keyword, first === undefined ? unheeded : "another goes first");
    else [first, source] = [lowered, value];
  }
  return first;
}
