import { InhouseError } from "../../core/error.ts";
import type { TextScores } from "./text-scores.ts";

/** How likely one model found the text. */
export interface TextLikelihood {
  /** Mean of the natural logarithms of the probabilities of the text's own tokens; nearer to 0 is better. */
  readonly meanLogprob: number;
  /** `exp(-meanLogprob)`: among how many tokens it hesitated on average. */
  readonly perplexity: number;
}

/** How much a model that was made smaller still is the one that it was made of, on one text. */
export interface ModelComparison {
  /** Tokens that were compared. */
  readonly tokens: number;
  /** The share of places in the text at which both hold the same token to be the likeliest. */
  readonly agreement: number;
  /** Half the width of the interval in which the agreement lies with 95 %, by the number of tokens alone. */
  readonly agreementError: number;
  readonly source: TextLikelihood;
  readonly result: TextLikelihood;
  /** By what factor the perplexity has grown: 1.05 is 5 % worse. */
  readonly perplexityRatio: number;
}

/** Compares what two models made of the same text. Throws `invalid-request` where they cut it into other tokens, or it has fewer than two. */
export function compareScores(source: TextScores, result: TextScores): ModelComparison {
  const tokens = source.scores.length;
  if (source.tokens.join() !== result.tokens.join()) {
    throw new InhouseError("invalid-request", "The two models cut the text into different tokens.", {
      hint: "Compare a model with what was made of it: others have no places in common.",
    });
  }
  if (tokens === 0) {
    throw new InhouseError("invalid-request", "The text has fewer than two tokens.", { hint: "Give a longer one." });
  }
  const same = source.scores.filter(({ likeliest }, place) => likeliest === result.scores[place]?.likeliest).length;
  const agreement = same / tokens;
  const [of, to] = [likelihoodOf(source), likelihoodOf(result)];
  return {
    tokens,
    agreement,
    agreementError: 1.96 * Math.sqrt((agreement * (1 - agreement)) / tokens),
    source: of,
    result: to,
    perplexityRatio: to.perplexity / of.perplexity,
  };
}

function likelihoodOf({ scores }: TextScores): TextLikelihood {
  const meanLogprob = scores.reduce((sum, { logprob }) => sum + logprob, 0) / scores.length;
  return { meanLogprob, perplexity: Math.exp(-meanLogprob) };
}
