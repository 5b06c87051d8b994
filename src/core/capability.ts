/** What can be asked of a model on a server. */
export type CapabilityName =
  | "chat"
  | "completion"
  | "infill"
  | "embedding"
  | "rerank"
  | "classification"
  | "transcription"
  | "tokenization"
  | "tools"
  /** A call that is required, or one tool by name, is forced by the server: the model cannot answer otherwise. */
  | "forcedTools"
  | "reasoning"
  /** Thinking can be switched on and off by a call. */
  | "reasoningSwitch"
  /** The model knows degrees of thinking. */
  | "reasoningEffort"
  /** Thinking can be bounded by a number of tokens. */
  | "reasoningBudget"
  /** Answers can be held to a JSON Schema while they are generated. */
  | "structuredOutput"
  /** Answers can be held to one of some texts, and to a regular expression. */
  | "choice"
  | "regex"
  | "grammar"
  | "logprobs"
  | "image"
  | "audio"
  | "video";

/** Whether something can be done, and from which reply or rule that was learned. */
export interface Capability {
  readonly supported: "yes" | "no" | "unknown";
  /** Where the knowledge is from, such as `GET /props: modalities.vision`. */
  readonly evidence: string;
  /** What would enable it, such as a flag of the server. */
  readonly hint?: string;
}

/** One capability for each name. */
export type Capabilities = Readonly<Record<CapabilityName, Capability>>;

/** It can be done. */
export const yes = (evidence: string): Capability => ({ supported: "yes", evidence });

/** It cannot be done; `hint` says what would change that. */
export const no = (evidence: string, hint?: string): Capability =>
  hint === undefined ? { supported: "no", evidence } : { supported: "no", evidence, hint };

/** Nobody told. */
export const unknown = (evidence: string, hint?: string): Capability =>
  hint === undefined ? { supported: "unknown", evidence } : { supported: "unknown", evidence, hint };

/** `yes` or `no` by what a reply said, `unknown` where it said nothing. */
export function byReply(value: unknown, evidence: string, hint?: string): Capability {
  if (typeof value !== "boolean") return unknown(evidence, hint);
  return value ? yes(`${evidence} is true`) : no(`${evidence} is false`, hint);
}
