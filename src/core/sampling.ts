/**
 * How the next token is chosen. An option left out is the server's own default. A server that lacks an option gets it
 * translated, or the result carries a warning, or the call is refused (`unsupported`): it is never just sent.
 */
export interface Sampling {
  /** Most tokens to generate. Default: what the server allows, often until the context is full. */
  readonly maxTokens?: number;
  /** Text at which generation ends; it is not part of the answer. */
  readonly stop?: readonly string[];
  /** Number that makes sampling repeatable, as far as the server is deterministic at all. */
  readonly seed?: number;
  /** 0 takes the likeliest token; higher is more varied. */
  readonly temperature?: number;
  /** Width by which the temperature may move with the entropy; 0 is off. */
  readonly dynatempRange?: number;
  /** How entropy maps onto the temperature within `dynatempRange`. */
  readonly dynatempExponent?: number;
  /** Keep the likeliest tokens whose probabilities add up to this (nucleus sampling); 1 is off. */
  readonly topP?: number;
  /** Keep this many of the likeliest tokens; 0 is off. */
  readonly topK?: number;
  /** Keep tokens at least this likely, as a share of the likeliest one's probability; 0 is off. */
  readonly minP?: number;
  /** Locally typical sampling; 1 is off. */
  readonly typicalP?: number;
  /** Keep tokens within this many standard deviations of the best logit; -1 is off. */
  readonly topNSigma?: number;
  /** Chance that exclude-top-choices removes likely tokens; 0 is off. */
  readonly xtcProbability?: number;
  /** Probability from which exclude-top-choices counts a token as likely. */
  readonly xtcThreshold?: number;
  /** Divides the logits of repeated tokens; 1 is off. */
  readonly repeatPenalty?: number;
  /** How many last tokens `repeatPenalty` looks at; 0 is none, -1 the whole context. */
  readonly repeatLastN?: number;
  /** Subtracted once from tokens that occurred; -2 … 2. */
  readonly presencePenalty?: number;
  /** Subtracted from a token for each time it occurred; -2 … 2. */
  readonly frequencyPenalty?: number;
  /** "Don't repeat yourself": strength of the penalty on repeated sequences; 0 is off. */
  readonly dryMultiplier?: number;
  /** DRY: how fast the penalty grows with the length of the repetition. */
  readonly dryBase?: number;
  /** DRY: repetitions up to this many tokens go unpunished. */
  readonly dryAllowedLength?: number;
  /** DRY: how many last tokens are searched; 0 is none, -1 the whole context. */
  readonly dryPenaltyLastN?: number;
  /** DRY: strings at which a repetition is cut. */
  readonly drySequenceBreakers?: readonly string[];
  /** Mirostat: 0 is off, 1 and 2 are its versions. */
  readonly mirostat?: 0 | 1 | 2;
  /** Mirostat: target entropy. */
  readonly mirostatTau?: number;
  /** Mirostat: learning rate. */
  readonly mirostatEta?: number;
  /** Names of the samplers in the order in which they run. */
  readonly samplers?: readonly string[];
  /** Added to the logits of tokens, by token id. */
  readonly logitBias?: Readonly<Record<number, number>>;
  /** Never end by the end-of-sequence token; pair it with `maxTokens`. */
  readonly ignoreEos?: boolean;
  /** A grammar that the output must follow, in the server's own notation (GBNF on llama-server). */
  readonly grammar?: string;
}

/** The bounds of a numeric option, both included. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** What each numeric option may be. Servers answer 200 to a temperature of -3, so the check is here. */
export const samplingRanges = {
  maxTokens: { min: 1, integer: true },
  seed: { min: 0, max: 4_294_967_295, integer: true },
  temperature: { min: 0 },
  dynatempRange: { min: 0 },
  dynatempExponent: {},
  topP: { min: 0, max: 1 },
  topK: { min: 0, integer: true },
  minP: { min: 0, max: 1 },
  typicalP: { min: 0, max: 1 },
  topNSigma: { min: -1 },
  xtcProbability: { min: 0, max: 1 },
  xtcThreshold: { min: 0, max: 1 },
  repeatPenalty: { min: 0 },
  repeatLastN: { min: -1, integer: true },
  presencePenalty: { min: -2, max: 2 },
  frequencyPenalty: { min: -2, max: 2 },
  dryMultiplier: { min: 0 },
  dryBase: { min: 0 },
  dryAllowedLength: { min: 0, integer: true },
  dryPenaltyLastN: { min: -1, integer: true },
  mirostat: { min: 0, max: 2, integer: true },
  mirostatTau: { min: 0 },
  mirostatEta: { min: 0 },
} as const satisfies Partial<Record<keyof Sampling, NumberRange>>;
