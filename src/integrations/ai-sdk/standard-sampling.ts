import type { CompletionInput } from "../../client/inputs.ts";
import type { LanguageCallOptions } from "./ai-sdk-spec.ts";

/** The options of the AI SDK that say how the next token is chosen, under the client's names. */
export function standardSampling(options: LanguageCallOptions): Partial<CompletionInput> {
  const named = {
    maxTokens: options.maxOutputTokens,
    stop: options.stopSequences,
    seed: options.seed,
    temperature: options.temperature,
    topP: options.topP,
    topK: options.topK,
    presencePenalty: options.presencePenalty,
    frequencyPenalty: options.frequencyPenalty,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
