import type { ImageBudget } from "./image-budget.ts";
import { area, type ImageRule, oneSquare, rowsWithBreaks, tiles } from "./image-grid.ts";
import type { ImageSize } from "./image-size.ts";

/**
 * About how many tokens a model makes of a picture, before it is sent: by the rule of its family, as the processors that
 * vLLM 0.32 runs count. `model` is its name on a server: prefixes of a registry, case and suffixes of a quantization do
 * not matter. `size` is that of the picture as it is sent. Undefined for a model whose rule is not known here.
 *
 * llama-server counts otherwise for the same picture: at most 1,024 tokens for Mistral's and 4,096 for Qwen's models,
 * unless `--image-max-tokens` says more. Ollama asks it for at least 1,024 with Qwen's.
 */
export function imageTokens(model: string, size: ImageSize): number | undefined {
  return ruleOf(model)?.tokens(size);
}

/**
 * The longest edge or the most pixels that a model makes use of: it scales down what is larger, so that sending more costs
 * time and brings nothing. Empty for a model whose rule is not known here.
 */
export function imageBudget(model: string): Pick<ImageBudget, "maxEdge" | "maxPixels"> {
  const { maxEdge, maxPixels } = ruleOf(model) ?? {};
  return { ...(maxEdge !== undefined && { maxEdge }), ...(maxPixels !== undefined && { maxPixels }) };
}

function ruleOf(model: string): ImageRule | undefined {
  const name = model.toLowerCase().replaceAll("_", "-");
  return families.find(([names]) => names.test(name))?.[1];
}

/** Mistral's later models share one encoder: patches of 14 pixels, four to a token. */
const mistral = rowsWithBreaks(28, 1_540);

/** A number of a version ends where no letter, digit or point follows: Ministral 3 is not Ministral 3B. */
const families: readonly (readonly [names: RegExp, rule: ImageRule])[] = [
  [/pixtral-?12b/, rowsWithBreaks(16, 1_024)],
  [/mistral-small-?(3\.[1-9]|4)(?![\w.]|-bit)/, mistral],
  [/mistral-medium-?3\.5(?![\w.])/, mistral],
  [/mistral-large-?3(?![\w.])/, mistral],
  [/ministral-?3(?![\w.])/, mistral],
  // 56² to 16,384 · 28² pixels, and 256² to 4,096²: the models' own preprocessor_config.json.
  [/qwen2\.5-?vl/, area(28, 4, 16_384)],
  [/qwen3-?vl/, area(32, 64, 16_384)],
  // The smallest two see nothing; Gemma 3n has another encoder.
  [/(?<![a-z])gemma-?3(?![\w.])(?!.*\b(270m|1b))/, oneSquare(896, 256)],
  [/smolvlm-?(256|500)m/, tiles(512, 64, 2_048)],
];
