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

/** The known name that differs from `name` least, if it is near enough to be meant. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const same = known.find((candidate) => plain(candidate) === plain(name));
  if (same !== undefined) return same;
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(plain(candidate), plain(name)) }))
    .toSorted((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(name.length / 4)) ? best.candidate : undefined;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
