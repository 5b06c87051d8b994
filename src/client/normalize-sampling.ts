import { samplingRanges, type Sampling } from "../core/sampling.ts";
import { checkBoolean, checkNumber, checkObject, checkString, checkStrings } from "./check.ts";
import type { ChatInput, CompletionInput } from "./inputs.ts";

type NumberOption = keyof typeof samplingRanges;

/** How the options that are no numbers are checked. */
const checks: Record<Exclude<keyof Sampling, NumberOption>, (place: string, value: unknown) => unknown> = {
  stop: (place, value) => (typeof value === "string" ? [value] : checkStrings(place, value)),
  drySequenceBreakers: checkStrings,
  samplers: checkStrings,
  logitBias: checkLogitBias,
  ignoreEos: checkBoolean,
  grammar: checkString,
};

/** The sampling options, for a look-up. */
export const samplingKeys: Record<keyof Sampling, unknown> = { ...samplingRanges, ...checks };

/** The sampling options of an input, each within its range; throws `invalid-request`. */
export function normalizeSampling(input: ChatInput | CompletionInput): Sampling {
  const checked: Record<string, unknown> = {};
  for (const [option, value] of Object.entries(input)) {
    if (value === undefined || !Object.hasOwn(samplingKeys, option)) continue;
    checked[option] = Object.hasOwn(samplingRanges, option)
      ? checkNumber(option, value, samplingRanges[option as NumberOption])
      : checks[option as keyof typeof checks](option, value);
  }
  return checked;
}

function checkLogitBias(place: string, value: unknown): unknown {
  for (const [token, bias] of Object.entries(checkObject(place, value))) {
    checkNumber(`${place}: token id`, Number(token), { min: 0, integer: true });
    checkNumber(`${place}[${token}]`, bias, {});
  }
  return value;
}
