import type { ChatInput } from "../../client/inputs.ts";
import type { BodyFields } from "./body-fields.ts";

/** Options of OpenAI's, and the most used of vLLM's and llama-server's, by the client's names of them. */
const names = {
  max_tokens: "maxTokens",
  stop: "stop",
  seed: "seed",
  temperature: "temperature",
  top_p: "topP",
  presence_penalty: "presencePenalty",
  frequency_penalty: "frequencyPenalty",
  logit_bias: "logitBias",
  n: "n",
  top_k: "topK",
  min_p: "minP",
  typical_p: "typicalP",
  repetition_penalty: "repeatPenalty",
  ignore_eos: "ignoreEos",
} as const satisfies Readonly<Record<string, keyof ChatInput>>;

/** The fields that chats and completions share. */
export const samplingFields = { ...names, model: 1, stream: 1, stream_options: 1 };

/** What of the fields says how tokens are chosen; the client checks the values. */
export function samplingOf(fields: BodyFields): Partial<Pick<ChatInput, (typeof names)[keyof typeof names]>> {
  const options: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(names)) {
    if (fields[name] !== undefined) options[option] = fields[name];
  }
  return options;
}
