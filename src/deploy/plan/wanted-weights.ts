import { InhouseError } from "../../core/error.ts";
import type { Weights } from "../engine-choice.ts";
import { ggufMixtures } from "../quantize/gguf-mixtures.ts";
import type { ModelWeights } from "./model-weights.ts";

/** Names for sixteen bits. */
const wide = /^(none|bf16|fp16|f16|16-?bits?)$/i;

/**
 * The weights that a caller means: by the name of the method or of any mixture that llama-quantize makes, or by bits. Without a name all of them, 16 bits as GGUF
 * apart. Throws `unsupported` where the model cannot be had so, with how it can.
 */
export function wantedWeights(model: ModelWeights, wanted: string | undefined): readonly Weights[] {
  const { weights, title } = model;
  if (wanted === undefined) {
    return weights.filter(({ quantization, origin }) => quantization !== "BF16" || origin === "files");
  }
  const [, bits] = /^(\d+)-?bits?$/i.exec(wanted) ?? [];
  const found = weights.filter((one) => {
    if (wide.test(wanted)) return one.bits >= 16;
    if (bits !== undefined) return one.bits === Number(bits);
    return plain(one.quantization) === plain(wanted);
  });
  if (found.length > 0) return found;
  const mixture = ggufMixtures.find((name) => plain(name) === plain(wanted));
  const named = mixture === undefined ? [] : model.mixture(mixture);
  if (named.length > 0) return named;
  const names = [...new Set(weights.map(({ quantization }) => quantization))].join(", ");
  const isQuantized = weights.length === 1;
  throw new InhouseError("unsupported", `${title} cannot be had as "${wanted}".`, {
    hint: isQuantized
      ? `Its files are ${names}: get those of 16 bits, of which others are made.`
      : `It can be had as ${names}, or by bits: 4-bit, 8-bit, 16-bit.`,
  });
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
