/** How a model's weights are stored. */
export interface Quantization {
  /** GGUF: the mixture, such as `Q4_K_M`. Safetensors: `none`, or the method, such as `fp8`, `awq`, `nvfp4`. */
  readonly name: string;
  /** Bits of a weight on average over all tensors, scales included, where sizes are known. */
  readonly bitsPerWeight?: number;
  /** The type of the weights that are quantized, such as `F8_E4M3` or `Q4_K`; of weights that are not, their own. */
  readonly weightType?: string;
  /** Bits of a weight that is quantized, its share of the scales apart. */
  readonly bits?: number;
  /** Weights that share a scale. */
  readonly groupSize?: number;
  /** Activations are quantized too, as with W8A8. */
  readonly activations?: boolean;
  /** The KV cache that the checkpoint asks for, such as `fp8`. */
  readonly kvCache?: string;
  /** Where this is from: a key of a file. */
  readonly evidence: string;
}
