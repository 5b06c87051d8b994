import type { GgufTypeName } from "../shape/gguf-types.ts";

/** Number of `general.file_type`, and the type of most tensors (`llama_ftype_get_default_type`, llama.cpp b11434). */
const rows = {
  F32: [0, "F32"],
  F16: [1, "F16"],
  Q4_0: [2, "Q4_0"],
  Q4_1: [3, "Q4_1"],
  Q8_0: [7, "Q8_0"],
  Q5_0: [8, "Q5_0"],
  Q5_1: [9, "Q5_1"],
  Q2_K: [10, "Q2_K"],
  Q3_K_S: [11, "Q3_K"],
  Q3_K_M: [12, "Q3_K"],
  Q3_K_L: [13, "Q3_K"],
  Q4_K_S: [14, "Q4_K"],
  Q4_K_M: [15, "Q4_K"],
  Q5_K_S: [16, "Q5_K"],
  Q5_K_M: [17, "Q5_K"],
  Q6_K: [18, "Q6_K"],
  IQ2_XXS: [19, "IQ2_XXS"],
  IQ2_XS: [20, "IQ2_XS"],
  Q2_K_S: [21, "Q2_K"],
  IQ3_XS: [22, "IQ3_S"],
  IQ3_XXS: [23, "IQ3_XXS"],
  IQ1_S: [24, "IQ1_S"],
  IQ4_NL: [25, "IQ4_NL"],
  IQ3_S: [26, "IQ3_S"],
  IQ3_M: [27, "IQ3_S"],
  IQ2_S: [28, "IQ2_XS"],
  IQ2_M: [29, "IQ2_S"],
  IQ4_XS: [30, "IQ4_XS"],
  IQ1_M: [31, "IQ1_M"],
  BF16: [32, "BF16"],
  TQ1_0: [36, "TQ1_0"],
  TQ2_0: [37, "TQ2_0"],
  MXFP4_MOE: [38, "MXFP4"],
  Q1_0: [40, "Q1_0"],
  Q2_0: [41, "Q2_0"],
} as const satisfies Record<string, readonly [number: number, type: GgufTypeName]>;

/** A mixture of tensor types that `llama-quantize` makes, by the name that it takes. */
export type GgufMixture = keyof typeof rows;

/** All mixtures, by name. */
export const ggufMixtures = Object.keys(rows) as readonly GgufMixture[];

/** The type of most tensors of a mixture. */
export const mainTypeOf = (mixture: GgufMixture): GgufTypeName => rows[mixture][1];

const byNumber = new Map(ggufMixtures.map((name) => [rows[name][0] as number, name]));

/** The mixture of a number in `general.file_type`. Numbers from 1,024 on were guessed by the file's writer. */
export const ggufMixtureOf = (fileType: number): GgufMixture | undefined => byNumber.get(fileType);
