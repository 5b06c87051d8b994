import { ggufBytes, ggufType, type GgufTypeName } from "../../src/deploy/shape/gguf-types.ts";

/** A value of GGUF metadata as a test writes it: numbers are uint32, `{ f32 }` and `{ u64 }` others. */
export type Written =
  | number
  | string
  | boolean
  | readonly (number | string | boolean)[]
  | { f32: number }
  | { u64: bigint };

/** A tensor to be written. GGUF's shapes begin with the length of a row. */
export interface WrittenTensor {
  readonly name: string;
  readonly type: GgufTypeName;
  readonly shape: readonly number[];
}

/** Numbers that `ggml_type` has in files. */
const typeNumbers: Partial<Record<GgufTypeName, number>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q8_0: 8,
  Q4_K: 12,
  Q6_K: 14,
  BF16: 30,
  MXFP4: 39,
};

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

function typed(value: Written): readonly [type: number, bytes: Buffer] {
  if (typeof value === "number") return [4, u32(value)];
  if (typeof value === "string") return [8, text(value)];
  if (typeof value === "boolean") return [7, Buffer.from([Number(value)])];
  if (Array.isArray(value)) {
    const parts = (value as readonly (number | string | boolean)[]).map(typed);
    return [9, Buffer.concat([u32(parts[0]?.[0] ?? 4), u64(parts.length), ...parts.map(([, bytes]) => bytes)])];
  }
  if ("u64" in value) return [10, u64(value.u64)];
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE((value as { f32: number }).f32);
  return [6, bytes];
}

/** A GGUF file, its tensors' data all zeros. */
export function writeGguf(
  metadata: Readonly<Record<string, Written>>,
  tensors: readonly WrittenTensor[] = [],
  version = 3,
): Buffer {
  const pad = (length: number): number => Math.ceil(length / 32) * 32;
  let offset = 0;
  const infos = tensors.map(({ name, type, shape }) => {
    const info = Buffer.concat([
      text(name),
      u32(shape.length),
      ...shape.map(u64),
      u32(typeNumbers[type] ?? 0),
      u64(offset),
    ]);
    offset += pad(ggufBytes(ggufType(type), shape));
    return info;
  });
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    u32(version),
    u64(tensors.length),
    u64(Object.keys(metadata).length),
    ...Object.entries(metadata).flatMap(([key, value]) => {
      const [type, bytes] = typed(value);
      return [text(key), u32(type), bytes];
    }),
    ...infos,
  ]);
  return Buffer.concat([head, Buffer.alloc(tensors.length > 0 ? pad(head.length) - head.length + offset : 0)]);
}

/** A safetensors file, its tensors' data all zeros. */
export function writeSafetensors(
  tensors: Readonly<Record<string, readonly [dtype: string, shape: readonly number[], bytes: number]>>,
): Buffer {
  let offset = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, [dtype, shape, bytes]]) => {
      const entry = { dtype, shape, data_offsets: [offset, offset + bytes] };
      offset += bytes;
      return [name, entry];
    }),
  );
  const json = Buffer.from(JSON.stringify({ __metadata__: { format: "pt" }, ...header }));
  return Buffer.concat([u64(json.length), json, Buffer.alloc(offset)]);
}

/** The metadata and tensors of a small llama, two layers of which the rows are whole blocks of any type. */
export const smallLlama = {
  metadata: {
    "general.architecture": "llama",
    "general.name": "Small",
    "general.license": "apache-2.0",
    "general.file_type": 15,
    "llama.block_count": 2,
    "llama.context_length": 4_096,
    "llama.embedding_length": 256,
    "llama.feed_forward_length": 512,
    "llama.attention.head_count": 8,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": Array.from({ length: 2_000 }, (_, token) => `token ${token}`),
    "tokenizer.chat_template": "{% if tools %}{{ tools }}{% endif %}",
  } satisfies Record<string, Written>,
  tensors: [
    { name: "token_embd.weight", type: "Q6_K", shape: [256, 2_000] },
    { name: "output_norm.weight", type: "F32", shape: [256] },
    ...[0, 1].flatMap((layer): WrittenTensor[] => [
      { name: `blk.${layer}.attn_q.weight`, type: "Q4_K", shape: [256, 256] },
      { name: `blk.${layer}.attn_k.weight`, type: "Q4_K", shape: [256, 64] },
      { name: `blk.${layer}.attn_v.weight`, type: "Q6_K", shape: [256, 64] },
      { name: `blk.${layer}.attn_output.weight`, type: "Q4_K", shape: [256, 256] },
      { name: `blk.${layer}.ffn_up.weight`, type: "Q4_K", shape: [256, 512] },
      { name: `blk.${layer}.ffn_norm.weight`, type: "F32", shape: [256] },
    ]),
  ] satisfies WrittenTensor[],
};
