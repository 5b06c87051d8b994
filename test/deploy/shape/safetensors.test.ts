import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { isInhouseError } from "../../../src/core/error.ts";
import { memorySource } from "../../../src/deploy/shape/byte-source.ts";
import { readSafetensors } from "../../../src/deploy/shape/safetensors.ts";
import { failureOf } from "../../support/loopback.ts";
import { writeSafetensors } from "../../support/model-files.ts";

const file = writeSafetensors({
  "model.embed_tokens.weight": ["BF16", [100, 16], 3_200],
  "model.layers.0.mlp.experts.0.gate_proj.weight": ["F4", [16, 16], 128],
  "model.norm.weight": ["F32", [16], 64],
});
const read = (bytes: Uint8Array) => readSafetensors(memorySource(bytes, "model.safetensors"));

/** A file with this description, and no data. */
function described(header: unknown, length?: bigint): Buffer {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([head, json]);
}

test("a safetensors file tells of each tensor type, shape and size", async () => {
  const { tensors, metadata, sizeBytes } = await read(file);
  expect(tensors.map(({ name, type, bytes }) => [name, type, bytes])).toEqual([
    ["model.embed_tokens.weight", "BF16", 3_200],
    ["model.layers.0.mlp.experts.0.gate_proj.weight", "F4", 128],
    ["model.norm.weight", "F32", 64],
  ]);
  expect(metadata).toEqual({ format: "pt" });
  expect(sizeBytes).toBe(file.length);
});

describe("a damaged one", () => {
  test("cut at any byte is an error that says so", async () => {
    for (let length = 0; length < file.length; length += length < 500 ? 1 : 61) {
      const error = await failureOf(read(file.subarray(0, length)));
      expect(error.code, `cut at ${length}`).toBe("invalid-request");
    }
  });

  test("with any bytes changed is a list of tensors or an error of ours", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
        async (changes) => {
          const changed = Buffer.from(file);
          for (const [place, value] of changes) changed[place] = value;
          const outcome = await read(changed).catch((error: unknown) => error);
          if (outcome instanceof Error && !isInhouseError(outcome)) throw outcome;
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    ["a length beyond the file", described({}, 2n ** 40n), "invalid-request"],
    ["no JSON", described("not at all"), "invalid-request"],
    ["a list", described([1, 2]), "invalid-request"],
    ["no shape", described({ a: { dtype: "F32", data_offsets: [0, 4] } }), "invalid-request"],
    ["a negative size", described({ a: { dtype: "F32", shape: [1], data_offsets: [4, 0] } }), "invalid-request"],
    [
      "a size that is not its shape's",
      described({ a: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }),
      "invalid-request",
    ],
    ["a hole between tensors", described({ a: { dtype: "U8", shape: [1], data_offsets: [1, 2] } }), "invalid-request"],
    [
      "a type that is not known",
      described({ a: { dtype: "F1", shape: [1], data_offsets: [0, 1] } }),
      "invalid-request",
    ],
    [
      "numbers beyond counting",
      described({ a: { dtype: "U8", shape: [1e30], data_offsets: [0, 1e30] } }),
      "invalid-request",
    ],
  ])("with %s is refused", async (_, bytes, code) => {
    expect((await failureOf(read(bytes))).code).toBe(code);
  });
});
