import { InhouseError } from "./error.ts";

/**
 * Refuses an options value that is no object or has a key that is not known, with the nearest known key as a hint.
 * A misspelt option would otherwise be dropped in silence.
 */
export function checkOptions(place: string, value: unknown, known: object): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InhouseError("invalid-request", `${place}: expected an options object, got ${describe(value)}.`);
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(known, key)) continue;
    const near = nearest(key, Object.keys(known));
    throw new InhouseError("invalid-request", `${place}: unknown option "${key}".`, {
      hint: near === undefined ? `Known options: ${Object.keys(known).join(", ")}.` : `Did you mean "${near}"?`,
    });
  }
}

/** A value's type in words, for messages; never the value itself. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The known name that is most like `name`, if it is like enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const pairs = pairsOf(name);
  const likeness = (candidate: string): number => {
    const others = pairsOf(candidate);
    return (2 * pairs.filter((pair) => others.includes(pair)).length) / (pairs.length + others.length);
  };
  const [best = ""] = known.toSorted((a, b) => likeness(b) - likeness(a));
  return likeness(best) > 0.5 ? best : undefined;
}

/** Each two letters that follow one another, whatever their case and what stands between words. */
function pairsOf(name: string): readonly string[] {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return Array.from(plain, (_, index) => plain.slice(index, index + 2));
}
