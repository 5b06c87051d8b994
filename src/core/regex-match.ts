import { InhouseError } from "./error.ts";
import { refused } from "./json-schema.ts";
import { has, type Regex } from "./regex.ts";

/** A step of the machine: it takes a character, goes on in two places, or has matched. */
type Step =
  | { readonly does: "take"; readonly set: Extract<Regex, { is: "set" }>["ranges"] }
  | { readonly does: "fork"; readonly to: number[] }
  | { readonly does: "match" };

/** Most steps of an expression whose counts are written out, and most characters of a text. */
const maxSteps = 10_000;
const maxText = 100_000;

/**
 * Whether a whole text matches, for a tree of `wholeText`. All ways are followed at once, so that the time grows with the
 * text and never explodes, as that of JavaScript's own engine does for (a+)+b. Throws `invalid-request` for an expression
 * of more than 10,000 steps; the function, `limit` for a text of more than 100,000 characters.
 */
export function regexMatcher(place: string, regex: Regex): (text: string) => boolean {
  const steps: Step[] = [];

  function add(step: Step): number {
    if (steps.length >= maxSteps)
      throw refused(place, `the expression has more than ${maxSteps} steps`, "Lower its counts.");
    return steps.push(step) - 1;
  }

  function addAll(part: Regex): void {
    switch (part.is) {
      case "set":
        add({ does: "take", set: part.ranges });
        break;
      case "sequence":
        part.parts.forEach(addAll);
        break;
      case "either":
        addOptions(part.options);
        break;
      case "repeat":
        addRepeat(part);
        break;
      case "start":
      case "end":
      case "dropped":
    }
  }

  function addOptions(options: readonly Regex[]): void {
    const fork: number[] = [];
    add({ does: "fork", to: fork });
    const ends = options.map((option) => {
      fork.push(steps.length);
      addAll(option);
      const end: number[] = [];
      add({ does: "fork", to: end });
      return end;
    });
    for (const end of ends) end.push(steps.length);
  }

  function addRepeat({ of, min, max }: Extract<Regex, { is: "repeat" }>): void {
    for (let count = 0; count < min; count += 1) addAll(of);
    if (max === Number.POSITIVE_INFINITY) {
      const start: number[] = [];
      const at = add({ does: "fork", to: start });
      start.push(steps.length);
      addAll(of);
      add({ does: "fork", to: [at] });
      start.push(steps.length);
      return;
    }
    const skips: number[][] = [];
    for (let count = min; count < max; count += 1) {
      const skip: number[] = [steps.length + 1];
      add({ does: "fork", to: skip });
      skips.push(skip);
      addAll(of);
    }
    for (const skip of skips) skip.push(steps.length);
  }

  addAll(regex);
  const last = add({ does: "match" });
  return (text) => {
    if (text.length > maxText) throw new InhouseError("limit", `The text has more than ${maxText} characters.`);
    let places = reached(steps, [0]);
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0;
      const next: number[] = [];
      for (const at of places) {
        const step = steps[at];
        if (step?.does === "take" && has(step.set, code)) next.push(at + 1);
      }
      places = reached(steps, next);
      if (places.size === 0) return false;
    }
    return places.has(last);
  };
}

/** All places that are reached without a character. */
function reached(steps: readonly Step[], from: readonly number[]): ReadonlySet<number> {
  const places = new Set<number>();
  const open = [...from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (places.has(at)) continue;
    places.add(at);
    const step = steps[at];
    if (step?.does === "fork") open.push(...step.to);
  }
  return places;
}
