import { readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { isInhouseError } from "../../../src/core/error.ts";
import { memorySource, type ByteSource } from "../../../src/deploy/shape/byte-source.ts";
import { readGguf } from "../../../src/deploy/shape/gguf.ts";
import { failureOf } from "../../support/loopback.ts";
import { smallLlama, writeGguf } from "../../support/model-files.ts";

const file = writeGguf(smallLlama.metadata, smallLlama.tensors);
const read = (bytes: Uint8Array) => readGguf(memorySource(bytes, "model.gguf"));

/** A source that counts what it was asked for, and gives at most so many bytes at once more than that. */
function counted(bytes: Uint8Array): ByteSource & { readonly asked: () => number } {
  let sum = 0;
  const source = memorySource(bytes, "counted.gguf");
  return {
    ...source,
    read: (offset, length) => {
      sum += length;
      return source.read(offset, length);
    },
    asked: () => sum,
  };
}

describe("a GGUF file", () => {
  test("tells its metadata, and of each tensor type, shape and size", async () => {
    const { version, metadata, tensors, sizeBytes } = await read(file);
    expect(version).toBe(3);
    expect(metadata.get("general.name")).toBe("Small");
    expect(metadata.get("tokenizer.ggml.tokens")).toEqual({ of: "string", length: 2_000 });
    expect(tensors.find(({ name }) => name === "blk.1.attn_v.weight")).toEqual({
      name: "blk.1.attn_v.weight",
      type: "Q6_K",
      shape: [256, 64],
      parameters: 16_384,
      bytes: 64 * 210,
    });
    expect(sizeBytes).toBe(file.length);
  });

  test("is read without its tensors' data", async () => {
    const large = writeGguf(smallLlama.metadata, [
      ...smallLlama.tensors,
      { name: "output.weight", type: "F32", shape: [4_096, 4_096] },
    ]);
    const source = counted(large);
    await readGguf(source);
    expect(large.length).toBeGreaterThan(64 * 1_048_576);
    expect(source.asked()).toBeLessThan(200_000);
  });

  test("keeps lists by layer, and counts long ones", async () => {
    const { metadata } = await read(
      writeGguf({
        heads: [8, 0, 8],
        flags: [true, false],
        languages: ["en", "de"],
        scores: Array.from({ length: 5_000 }, () => 1),
        large: { u64: 2n ** 40n },
        scale: { f32: 0.5 },
      }),
    );
    expect(Object.fromEntries(metadata)).toEqual({
      heads: { of: "uint32", length: 3, values: [8, 0, 8] },
      flags: { of: "bool", length: 2, values: [true, false] },
      languages: { of: "string", length: 2, values: ["en", "de"] },
      scores: { of: "uint32", length: 5_000 },
      large: 2 ** 40,
      scale: 0.5,
    });
  });
});

/** What stands before the data of a file that llama-gguf-split wrote (`scripts/make-gguf-header.ts`). */
const realHeader = readFileSync(new URL("../../fixtures/small.gguf-header", import.meta.url));
const headerSource = (bytes: Uint8Array): ByteSource => {
  const { sizeBytes: _, ...source } = memorySource(bytes, "model.gguf");
  return source;
};

describe("the header of a real GGUF file", () => {
  test("is read", async () => {
    const { tensors, headerBytes } = await readGguf(headerSource(realHeader));
    expect(headerBytes).toBe(realHeader.length);
    expect(tensors.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "blk.0.attn_k.weight Q4_1",
      "blk.0.attn_output.weight Q4_1",
      "blk.0.attn_q.weight Q4_1",
    ]);
  });

  test("cut at every byte is an error that says where it ends", async () => {
    for (let length = 0; length < realHeader.length; length += 1) {
      const { code, message } = await failureOf(readGguf(headerSource(realHeader.subarray(0, length))));
      expect([length, code]).toEqual([length, "invalid-request"]);
      expect(message).toContain(`the file ends at byte ${length}`);
    }
  });

  test("with a count that none can be at every byte is a list of tensors or an error of ours, soon", async () => {
    const counts = [2n ** 63n, 2n ** 64n - 1n, 2n ** 63n - 1n, 2n ** 53n, 2n ** 53n - 1n, 2n ** 32n, 2n ** 31n - 1n];
    const before = process.memoryUsage().rss;
    for (let place = 0; place <= realHeader.length - 8; place += 1) {
      for (const count of counts) {
        const changed = Buffer.from(realHeader);
        changed.writeBigUInt64LE(count, place);
        const outcome = await readGguf(memorySource(changed, "model.gguf")).catch((error: unknown) => error);
        if (outcome instanceof Error && !isInhouseError(outcome)) throw outcome;
      }
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(268_435_456);
  });
});

describe("a damaged GGUF file", () => {
  test("cut at any byte is an error that says so, never a shape", async () => {
    const small = writeGguf(
      { "general.architecture": "llama", list: ["a", "b"], many: Array.from({ length: 1_030 }, () => "x") },
      smallLlama.tensors.slice(1, 3),
    );
    // Beyond its description only the sum of its tensors is asked for.
    const described = (await read(small)).headerBytes;
    for (let length = 0; length < small.length - 31; length += length <= described ? 1 : 97) {
      const error = await failureOf(read(small.subarray(0, length)));
      expect(error.code, `cut at ${length}`).toBe("invalid-request");
      expect(error.message).toMatch(/model\.gguf: (the file ends at byte|its tensors need)/);
      expect(error.hint).not.toBe("");
    }
  });

  test("with any bytes changed is a shape or an error of ours, and soon", async () => {
    const header = file.subarray(0, 1_500);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(header.length - 1), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 12,
        }),
        async (changes) => {
          const changed = Buffer.from(file);
          for (const [place, value] of changes) changed[place] = value;
          const outcome = await read(changed).catch((error: unknown) => error);
          if (outcome instanceof Error && !isInhouseError(outcome)) throw outcome;
        },
      ),
      { numRuns: 400 },
    );
  });

  const u64 = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return bytes;
  };
  /** The file with another number of 64 bits at a place. */
  const with64 = (place: number, value: bigint): Buffer => {
    const changed = Buffer.from(file);
    u64(value).copy(changed, place);
    return changed;
  };

  test.each([
    ["more tensors than there can be", with64(8, 2n ** 60n), "invalid-request"],
    ["so many that they would fill memory", with64(8, 10_000_000n), "invalid-request"],
    ["more metadata than there can be", with64(16, 2n ** 50n), "invalid-request"],
    ["a key as long as the earth", with64(24, 2n ** 62n), "invalid-request"],
    ["a key longer than keys are", with64(24, 100_000n), "invalid-request"],
    ["another beginning", Buffer.from("GGML, of the old days"), "invalid-request"],
    ["nothing", Buffer.alloc(0), "invalid-request"],
    ["version 1", writeGguf({}, [], 1), "unsupported"],
    ["version 3 of a big-endian machine", writeGguf({}, [], 0x03000000), "unsupported"],
    ["a version to come", writeGguf({}, [], 9), "invalid-request"],
    ["an alignment that is none", writeGguf({ "general.alignment": 33 }), "invalid-request"],
  ])("with %s is refused", async (_, bytes, code) => {
    expect((await failureOf(read(bytes))).code).toBe(code);
  });

  test("that claims endless lists ends at the bound, not in memory", async () => {
    const endless: ByteSource = {
      name: "endless.gguf",
      read: (_, length) => Promise.resolve(new Uint8Array(length)), // lists of empty texts, for ever
      close: () => Promise.resolve(),
    };
    const start = Buffer.concat([
      Buffer.from("GGUF\x03\0\0\0", "latin1"),
      u64(0n),
      u64(1n),
      u64(1n),
      Buffer.from("k\x09\0\0\0\x08\0\0\0", "latin1"),
      u64(2n ** 52n),
    ]);
    const source: ByteSource = {
      ...endless,
      read: async (offset, length) => {
        const bytes = await endless.read(offset, length);
        if (offset < start.length) bytes.set(start.subarray(offset, offset + length));
        return bytes;
      },
    };
    const error = await failureOf(readGguf(source));
    expect(error.code).toBe("limit");
  });

  test("twice the same key, or the same tensor, is refused", async () => {
    const one = writeGguf({ ab: 1, ac: 2 });
    one[one.indexOf("ac") + 1] = "b".charCodeAt(0);
    expect((await failureOf(read(one))).message).toContain('"ab" stands in it twice');
    const [norm] = smallLlama.tensors.slice(1, 2);
    if (!norm) throw new Error("There is no such tensor.");
    expect((await failureOf(read(writeGguf({}, [norm, norm])))).message).toContain("stands in it twice");
  });
});
