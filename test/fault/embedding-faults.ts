import { replies, type Fault } from "./fault.ts";

interface Entry {
  readonly index?: number;
  readonly embedding: unknown;
}

/** A reply to a request for two vectors that is not what was asked for. */
const wrong = (fault: string, ...data: readonly Entry[]): Fault => ({
  row: 50,
  fault: `embeddings, ${fault}`,
  call: "embed",
  answer: replies(JSON.stringify({ model: "m", data })),
  expected: { code: "protocol", requests: 1 },
});

const first = { index: 0, embedding: [1, 2] };
const second = { index: 1, embedding: [3, 4] };

/** Row 50: one finite vector for each input, and never another input's. */
export const embeddingFaults: readonly Fault[] = [
  {
    row: 50,
    fault: "embeddings, in another order",
    call: "embed",
    answer: replies(JSON.stringify({ model: "m", data: [second, first] })),
    expected: { text: "[[1,2],[3,4]]", requests: 1 },
  },
  wrong("none"),
  wrong("one too few", first),
  wrong("one too many", first, second, { index: 2, embedding: [5, 6] }),
  wrong("the same input twice", first, first),
  wrong("an input that there is not", first, { ...second, index: 7 }),
  wrong("half an input", first, { ...second, index: 0.5 }),
  wrong("of different lengths", first, { ...second, embedding: [3] }),
  wrong("an empty one", first, { ...second, embedding: [] }),
  wrong("null in it", first, { ...second, embedding: [3, null] }),
  wrong("words in it", first, { ...second, embedding: [3, "4"] }),
  wrong("null in its place", first, { ...second, embedding: null }),
  // 0x7FC00000, little-endian, is NaN as a float of 32 bits.
  wrong("NaN in base64", first, { ...second, embedding: Buffer.from("0000803f0000c07f", "hex").toString("base64") }),
  {
    row: 50,
    fault: "embeddings, a number that JSON has and doubles have not",
    call: "embed",
    answer: replies('{"model":"m","data":[{"index":0,"embedding":[1,1e999]},{"index":1,"embedding":[3,4]}]}'),
    expected: { code: "protocol", requests: 1 },
  },
];
