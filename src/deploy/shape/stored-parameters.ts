import type { Quantization } from "./quantization.ts";
import type { TensorInfo } from "./tensor-info.ts";

/** What goes with quantized weights and is none itself: scales, zero points, orders, tables. */
const beside =
  /(scale|scales|scale_inv|_scale_2|zeros|zero_point|g_idx|absmax|quant_map|quant_state\.\w+|weight_shape|k_scale|v_scale|input_amax|SCB|position_ids|inv_freq)$/;

/**
 * How many weights a stored tensor stands for: of packed ones as many as are packed, of what only goes with quantized
 * weights none.
 */
export function storedParameters({ name, type, parameters }: TensorInfo, { bits }: Quantization): number {
  if (beside.test(name)) return 0;
  if (bits === undefined || bits >= 8) return type === "I64" ? 0 : parameters;
  const width = packedBits[type];
  const isPacked = /(qweight|weight_packed|_blocks|\.weight|_proj)$/.test(name);
  return width !== undefined && isPacked ? parameters * (width / bits) : parameters;
}

/** Integers that smaller weights are packed into. */
const packedBits: Readonly<Record<string, number>> = { I32: 32, U8: 8, I8: 8 };
