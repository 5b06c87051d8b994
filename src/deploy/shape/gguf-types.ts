/** How a tensor type of GGUF stores its values: blocks of so many values in so many bytes. */
export interface GgufType {
  readonly name: GgufTypeName;
  readonly blockValues: number;
  readonly blockBytes: number;
}

/** The name of a tensor type as llama.cpp writes it, in capitals. */
export type GgufTypeName = keyof typeof rows;

/** Number in the file, values of a block, bytes of a block (`ggml-common.h` and `ggml.c`, llama.cpp b11434). */
const rows = {
  F32: [0, 1, 4],
  F16: [1, 1, 2],
  Q4_0: [2, 32, 18],
  Q4_1: [3, 32, 20],
  Q5_0: [6, 32, 22],
  Q5_1: [7, 32, 24],
  Q8_0: [8, 32, 34],
  Q2_K: [10, 256, 84],
  Q3_K: [11, 256, 110],
  Q4_K: [12, 256, 144],
  Q5_K: [13, 256, 176],
  Q6_K: [14, 256, 210],
  IQ2_XXS: [16, 256, 66],
  IQ2_XS: [17, 256, 74],
  IQ3_XXS: [18, 256, 98],
  IQ1_S: [19, 256, 50],
  IQ4_NL: [20, 32, 18],
  IQ3_S: [21, 256, 110],
  IQ2_S: [22, 256, 82],
  IQ4_XS: [23, 256, 136],
  I8: [24, 1, 1],
  I16: [25, 1, 2],
  I32: [26, 1, 4],
  I64: [27, 1, 8],
  F64: [28, 1, 8],
  IQ1_M: [29, 256, 56],
  BF16: [30, 1, 2],
  TQ1_0: [34, 256, 54],
  TQ2_0: [35, 256, 66],
  MXFP4: [39, 32, 17],
  NVFP4: [40, 64, 36],
  Q1_0: [41, 128, 18],
  Q2_0: [42, 64, 18],
} as const satisfies Record<string, readonly [number: number, blockValues: number, blockBytes: number]>;

const names = Object.keys(rows) as readonly GgufTypeName[];
const byNumber = new Map(names.map((name) => [rows[name][0] as number, name]));

/** What is known of a tensor type. */
export function ggufType(name: GgufTypeName): GgufType {
  const [, blockValues, blockBytes] = rows[name];
  return { name, blockValues, blockBytes };
}

/** The tensor type of a number in a file; nothing where it is not known. */
export function ggufTypeOf(number: number): GgufType | undefined {
  const name = byNumber.get(number);
  return name === undefined ? undefined : ggufType(name);
}

/** Whether text names a tensor type. */
export const isGgufTypeName = (text: string): text is GgufTypeName => Object.hasOwn(rows, text);

/** The bytes of a tensor of a shape, whose first number is the length of a row. */
export function ggufBytes(type: GgufType, shape: readonly number[]): number {
  const values = shape.reduce((product, length) => product * length, 1);
  return (values / type.blockValues) * type.blockBytes;
}

/** Bits that a value takes on average, scales included. */
export const bitsPerValue = ({ blockBytes, blockValues }: GgufType): number => (blockBytes * 8) / blockValues;
