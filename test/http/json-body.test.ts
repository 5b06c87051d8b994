import { describe, expect, test } from "vitest";

import { base64Of, type Base64Value } from "../../src/http/base64-value.ts";
import { jsonBody } from "../../src/http/json-body.ts";

async function written(body: unknown, values: readonly Base64Value[]) {
  const { length, pieces } = jsonBody(body, values);
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(Uint8Array.from(piece));
  return { length, pieces: all, text: Buffer.concat(all).toString("utf8") };
}

/** Bytes that do not repeat. */
const bytesOf = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, index) => (index * 131 + (index >> 8)) % 256));

describe("a body with bytes", () => {
  test.each([0, 1, 2, 3, 49_151, 49_152, 49_153, 200_000])(
    "%i bytes are written as JSON.stringify would",
    async (size) => {
      const bytes = bytesOf(size);
      const value = base64Of("data:image/png;base64,", bytes);
      const body = { model: "m", messages: [{ url: value }, "Grüße 🙂"], last: null };
      const { length, text, pieces } = await written(body, [value]);
      const whole = JSON.stringify({
        ...body,
        messages: [{ url: `data:image/png;base64,${bytes.toString("base64")}` }, "Grüße 🙂"],
      });
      expect(text).toBe(whole);
      expect(length).toBe(Buffer.byteLength(whole));
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(65_536);
      expect(JSON.stringify(body)).toBe(whole); // who does not know of it gets the same
    },
  );

  test("several, one of them twice, one not at all, each in its place", async () => {
    const [a, b, c] = [base64Of("", bytesOf(5)), base64Of('é"', bytesOf(70_000)), base64Of("", bytesOf(9))];
    const body = { a, list: [b, a] };
    const plain = JSON.stringify(body);
    expect((await written(body, [a, b, c])).text).toBe(plain);
  });

  test("is iterated anew at each try", async () => {
    const value = base64Of("", bytesOf(100_000));
    const { pieces } = jsonBody({ value }, [value]);
    const texts: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      let text = "";
      for await (const piece of pieces) text += Buffer.from(piece).toString("utf8");
      texts.push(text);
    }
    expect(texts[0]).toBe(texts[1]);
  });

  test("a part of a larger buffer is sent, and no more of it", async () => {
    const value = base64Of("", bytesOf(100).subarray(10, 20));
    expect((await written({ value }, [value])).text).toBe(
      JSON.stringify({ value: bytesOf(100).subarray(10, 20).toString("base64") }),
    );
  });
});
