import { samplingRanges, type Sampling } from "../core/sampling.ts";
import { checkBoolean, checkNumber, checkObject, checkString, checkStrings } from "./check.ts";
import type { ChatInput, CompletionInput } from "./inputs.ts";

/** The sampling options, held complete by the compiler. */
export const samplingKeys: Record<keyof Sampling, true> = {
  ...(Object.fromEntries(Object.keys(samplingRanges).map((key) => [key, true])) as Record<
    keyof typeof samplingRanges,
    true
  >),
  stop: true,
  drySequenceBreakers: true,
  samplers: true,
  logitBias: true,
  ignoreEos: true,
  grammar: true,
};

/** The sampling options of an input, each within its range; throws `invalid-request`. */
export function normalizeSampling(input: ChatInput | CompletionInput): Sampling {
  const checked: Record<string, unknown> = {};
  for (const option in input) {
    if (!Object.hasOwn(samplingRanges, option)) continue;
    const name = option as keyof typeof samplingRanges;
    if (input[name] !== undefined) checked[name] = checkNumber(name, input[name], samplingRanges[name]);
  }
  const { stop, drySequenceBreakers, samplers, logitBias, ignoreEos, grammar } = input;
  if (stop !== undefined) checked["stop"] = typeof stop === "string" ? [stop] : checkStrings("stop", stop);
  if (samplers !== undefined) checked["samplers"] = checkStrings("samplers", samplers);
  if (grammar !== undefined) checked["grammar"] = checkString("grammar", grammar);
  if (ignoreEos !== undefined) checked["ignoreEos"] = checkBoolean("ignoreEos", ignoreEos);
  if (drySequenceBreakers !== undefined) {
    checked["drySequenceBreakers"] = checkStrings("drySequenceBreakers", drySequenceBreakers);
  }
  if (logitBias !== undefined) {
    for (const [token, bias] of Object.entries(checkObject("logitBias", logitBias))) {
      checkNumber("logitBias: token id", Number(token), { min: 0, integer: true });
      checkNumber(`logitBias[${token}]`, bias, {});
    }
    checked["logitBias"] = logitBias;
  }
  return checked;
}
