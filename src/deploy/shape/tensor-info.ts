/** A tensor by its description; its data are not read. */
export interface TensorInfo {
  readonly name: string;
  /** How its values are stored, as the file calls it, in capitals: `Q4_K`, `BF16`, `F8_E4M3`. */
  readonly type: string;
  /** Lengths of its dimensions. GGUF writes the length of a row first, safetensors last. */
  readonly shape: readonly number[];
  /** How many values it has; of packed ones, how many are stored. */
  readonly parameters: number;
  readonly bytes: number;
}
