/** What a model made of one token of a text, given those before it. */
export interface TokenScore {
  /** The natural logarithm of the probability that it gave to the text's own token. */
  readonly logprob: number;
  /** The token that it held to be the likeliest, by its number. */
  readonly likeliest: number;
}

/** A text as a model reads it, and how likely it found each token; the first has nothing before it, and no score. */
export interface TextScores {
  readonly tokens: readonly number[];
  /** One for each token but the first. */
  readonly scores: readonly TokenScore[];
}

/** Has a server score a text. `onToken` is told how many tokens are done, where the server does them one by one. */
export type ScoreText = (
  text: string,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onToken?: ((done: number, total: number) => void) | undefined;
  },
) => Promise<TextScores>;
