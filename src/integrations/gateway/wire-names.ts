/** Our names of options, and those of the wire. */
const names: Readonly<Record<string, string>> = {
  maxTokens: "max_tokens",
  topP: "top_p",
  topK: "top_k",
  minP: "min_p",
  typicalP: "typical_p",
  repeatPenalty: "repetition_penalty",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
  logitBias: "logit_bias",
  ignoreEos: "ignore_eos",
  toolChoice: "tool_choice",
  toolCallId: "tool_call_id",
  toolCalls: "tool_calls",
  responseFormat: "response_format",
  reasoning: "reasoning_effort",
  topN: "top_n",
  timestamps: "timestamp_granularities",
};

const ours = new RegExp(`\\b(?:sampling\\.)?(${Object.keys(names).join("|")})\\b(?!_)`, "g");

/** A message or an option of ours in the names that the caller knows. */
export const inWireNames = (text: string): string =>
  text.replaceAll(ours, (whole: string, name: string, at: number) => {
    // "reasoning" is a word as well: it is an option where the message is about it.
    if (name === "reasoning" && !(at === 0 && /^reasoning(?:$|[:.])/.test(text))) return whole;
    return names[name] ?? whole;
  });
