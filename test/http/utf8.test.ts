import fc from "fast-check";
import { expect, test } from "vitest";

import { textPieces } from "../../src/http/utf8.ts";
import { cutAtEveryByte, inPiecesOf } from "../support/framing.ts";

function decoded(pieces: readonly Uint8Array[]): string {
  const text = textPieces();
  return pieces.map((piece) => text.decode(piece)).join("") + text.end();
}

/** What the platform makes of the same bytes in one piece. */
const reference = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

test("characters of one to four bytes may be cut anywhere", () => {
  const text = "a é 中 🙂 👩‍👩‍👧 z";
  for (const pieces of cutAtEveryByte(text)) expect(decoded(pieces)).toBe(text);
  expect(decoded(inPiecesOf(1, text))).toBe(text);
});

test("a character is held back until the rest of it comes", () => {
  const text = textPieces();
  const [first, second] = [Buffer.from("🙂").subarray(0, 3), Buffer.from("🙂").subarray(3)];
  expect([text.decode(first), text.decode(new Uint8Array()), text.decode(second)]).toEqual(["", "", "🙂"]);
});

test.each([
  ["a byte that never begins a character", [0x61, 0xff, 0x62], "a\uFFFDb"],
  ["a character that is cut by another", [0xe4, 0xb8, 0x61], "\uFFFDa"],
  ["a surrogate in UTF-8", [0xed, 0xa0, 0x80], "\uFFFD\uFFFD\uFFFD"],
  ["an overlong slash", [0xc0, 0xaf], "\uFFFD\uFFFD"],
  ["a character that the end cuts", [0x61, 0xf0, 0x9f], "a\uFFFD"],
])("%s becomes U+FFFD, and the text goes on", (_, bytes, text) => {
  expect(decoded([Uint8Array.from(bytes)])).toBe(text);
  for (const pieces of cutAtEveryByte(Uint8Array.from(bytes))) expect(decoded(pieces)).toBe(text);
});

test("any bytes in any pieces give what the platform's decoder gives for all of them", () => {
  const byte = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x99, 0x82, 0x41),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), fc.array(fc.nat(6), { maxLength: 30 }), (values, sizes) => {
      const bytes = Uint8Array.from(values);
      expect(decoded(inPiecesOf(sizes, bytes))).toBe(reference(bytes));
    }),
    { numRuns: 5_000 },
  );
});
