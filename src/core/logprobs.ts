/** How likely one token was, as the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly token: string;
  /** The token's id in the model's vocabulary, where the server tells. */
  readonly id?: number;
  readonly logprob: number;
}

/** A chosen token and the likeliest alternatives at its place. */
export interface TokenLogprobs extends TokenLogprob {
  readonly top: readonly TokenLogprob[];
}
