import type { JsonSchema } from "./json-schema.ts";
import { greatest, least, numbersOf, relaxAll, type Lowering } from "./lowering.ts";
import type { Fact } from "./schema-facts.ts";

const lows = ["minimum", "exclusiveMinimum"] as const;
const highs = ["maximum", "exclusiveMaximum"] as const;

/** What holds of a number; `false` where no number fits. */
export function lowerNumber(facts: readonly Fact[], integer: boolean, lowering: Lowering): JsonSchema | false {
  const { support, relax } = lowering;
  relaxAll(facts, "multipleOf", "it is not heeded", relax);
  const bounds = integer ? integerBounds(facts) : numberBounds(facts);
  if (isEmpty(bounds)) return false;
  if (!(integer ? support.integerBounds : support.numberBounds)) {
    for (const keyword of [...lows, ...highs]) relaxAll(facts, keyword, "it is not heeded", relax);
    return {};
  }
  const kept = Object.entries(bounds).filter(([, bound]) => Math.abs(bound) <= Number.MAX_SAFE_INTEGER);
  if (kept.length < Object.keys(bounds).length) {
    for (const keyword of [...lows, ...highs]) relaxAll(facts, keyword, "numbers of that size are not compared", relax);
  }
  return Object.fromEntries(kept);
}

type Bounds = Readonly<Partial<Record<(typeof lows)[number] | (typeof highs)[number], number>>>;

/** The bounds as whole numbers, which belong to them. */
function integerBounds(facts: readonly Fact[]): Bounds {
  const minimum = greatest([
    ...numbersOf(facts, "minimum").map(Math.ceil),
    ...numbersOf(facts, "exclusiveMinimum").map((bound) => Math.floor(bound) + 1),
  ]);
  const maximum = least([
    ...numbersOf(facts, "maximum").map(Math.floor),
    ...numbersOf(facts, "exclusiveMaximum").map((bound) => Math.ceil(bound) - 1),
  ]);
  return { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
}

/** At most one bound on each side: the narrower one. */
function numberBounds(facts: readonly Fact[]): Bounds {
  const [minimum, exclusiveMinimum] = lows.map((keyword) => greatest(numbersOf(facts, keyword)));
  const [maximum, exclusiveMaximum] = highs.map((keyword) => least(numbersOf(facts, keyword)));
  const openLow = exclusiveMinimum !== undefined && exclusiveMinimum >= (minimum ?? exclusiveMinimum);
  const openHigh = exclusiveMaximum !== undefined && exclusiveMaximum <= (maximum ?? exclusiveMaximum);
  return {
    ...(openLow ? { exclusiveMinimum } : minimum === undefined ? {} : { minimum }),
    ...(openHigh ? { exclusiveMaximum } : maximum === undefined ? {} : { maximum }),
  };
}

function isEmpty({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Bounds): boolean {
  const low = minimum ?? exclusiveMinimum ?? Number.NEGATIVE_INFINITY;
  const high = maximum ?? exclusiveMaximum ?? Number.POSITIVE_INFINITY;
  return low > high || (low === high && (exclusiveMinimum !== undefined || exclusiveMaximum !== undefined));
}
