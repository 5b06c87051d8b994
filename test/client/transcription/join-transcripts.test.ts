import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { joinTranscripts, unheard } from "../../../src/client/transcription/join-transcripts.ts";
import type { TranscribedPiece } from "../../../src/core/transcript.ts";

const wordMs = 400;

/** Words that occur again and again, with punctuation and capitals between. */
const spokenWords = fc.array(
  fc
    .tuple(
      fc.constantFrom("we", "will", "send", "the", "report", "on", "Friday", "Anna", "don't", "3.5", "Zürich", "no"),
      fc.constantFrom("", "", "", ",", ".", "?"),
    )
    .map(([word, mark]) => word + mark),
  { minLength: 30, maxLength: 200 },
);
const windows = fc.record({ length: fc.integer({ min: 14, max: 60 }), overlap: fc.integer({ min: 6, max: 12 }) });

/** A text cut into overlapping windows, each word taking as long as any other. */
function pieces(
  words: readonly string[],
  { length, overlap }: { readonly length: number; readonly overlap: number },
  {
    timed = false,
    hear = (word: string) => word,
  }: { readonly timed?: boolean; readonly hear?: (word: string, at: number) => string } = {},
): readonly TranscribedPiece[] {
  const list: TranscribedPiece[] = [];
  for (let from = 0; from === 0 || from + overlap < words.length; from += length - overlap) {
    const heard = words.slice(from, from + length).map((word, at) => (list.length % 2 === 1 ? hear(word, at) : word));
    const [startMs, endMs] = [from * wordMs, (from + heard.length) * wordMs];
    const segments = timed
      ? Array.from({ length: Math.ceil(heard.length / 5) }, (_, index) => {
          const said = heard.slice(index * 5, index * 5 + 5);
          const start = startMs + index * 5 * wordMs;
          return { startMs: start, endMs: start + said.length * wordMs, text: said.join(" ") };
        })
      : [];
    list.push({ startMs, endMs, text: heard.join(" "), segments, words: [] });
  }
  return list;
}

describe.each([
  ["texts", false],
  ["segments", true],
])("%s of overlapping pieces", (_, timed) => {
  test("are the whole again", () => {
    fc.assert(
      fc.property(spokenWords, windows, (words, window) => {
        expect(joinTranscripts(pieces(words, window, { timed })).text).toBe(words.join(" "));
      }),
    );
  });

  test("are the whole again where one of the two hearings has another word", () => {
    const distinct = Array.from({ length: 200 }, (_unused, at) => `word${at}`);
    fc.assert(
      fc.property(windows, fc.integer({ min: 0, max: 11 }), (window, wrong) => {
        const joined = joinTranscripts(
          pieces(distinct, window, { timed, hear: (word, at) => (at === wrong % window.overlap ? "something" : word) }),
        );
        const said = joined.text.split(" ");
        expect(said.length).toBe(distinct.length);
        expect(said.filter((word, at) => word !== distinct[at]).every((word) => word === "something")).toBe(true);
      }),
    );
  });
});

test("case and punctuation do not keep two hearings apart", () => {
  const joined = joinTranscripts([
    { startMs: 0, endMs: 10_000, text: "Anna will send the report on Friday.", segments: [], words: [] },
    { startMs: 6_000, endMs: 16_000, text: "The report, on Friday and Ben reads it.", segments: [], words: [] },
  ]);
  expect(joined.text).toBe("Anna will send the report on Friday and Ben reads it.");
});

test("segments are in order, none twice, and their words with them", () => {
  const word = (text: string, startMs: number) => ({ text, startMs, endMs: startMs + 500 });
  const segment = (startMs: number, ...texts: string[]) => ({
    startMs,
    endMs: startMs + texts.length * 500,
    text: texts.join(" "),
    words: texts.map((text, index) => word(text, startMs + index * 500)),
  });
  const joined = joinTranscripts([
    {
      startMs: 0,
      endMs: 4_000,
      text: "",
      segments: [segment(0, "One", "two", "three", "four"), segment(2_000, "five", "six", "seven", "eight")],
      words: [],
    },
    {
      startMs: 2_000,
      endMs: 6_000,
      text: "",
      segments: [segment(2_000, "five", "six", "seven", "eight", "nine", "ten")],
      words: [],
    },
  ]);
  expect(joined.text).toBe("One two three four five six seven eight nine ten");
  expect(joined.segments.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [0, 2_000],
    [2_000, 5_000],
  ]);
  expect(joined.words.map(({ text }) => text).join(" ")).toBe(joined.text);
});

test("two hearings that have nothing in common are cut by time, and without times left as they are", () => {
  const first = { startMs: 0, endMs: 10_000, text: "alpha beta", words: [], segments: [] };
  const second = { startMs: 8_000, endMs: 18_000, text: "gamma delta", words: [], segments: [] };
  expect(joinTranscripts([first, second]).text).toBe("alpha beta gamma delta");
  const timed = joinTranscripts([
    {
      ...first,
      segments: [
        { startMs: 0, endMs: 8_000, text: "alpha" },
        { startMs: 9_200, endMs: 10_000, text: "beta" },
      ],
    },
    {
      ...second,
      segments: [
        { startMs: 8_000, endMs: 8_800, text: "gamma" },
        { startMs: 9_000, endMs: 11_000, text: "delta" },
      ],
    },
  ]);
  expect(timed.text).toBe("alpha delta");
});

test("what is said twice across a cut without overlap stays twice", () => {
  const piece = (startMs: number) => ({
    startMs,
    endMs: startMs + 4_000,
    text: "Thank you very much.",
    segments: [],
    words: [],
  });
  expect(joinTranscripts([piece(0), piece(4_000)]).text).toBe("Thank you very much. Thank you very much.");
});

test("a piece without times among others with times is a segment as long as it is", () => {
  const joined = joinTranscripts([
    { startMs: 0, endMs: 5_000, text: "One.", segments: [{ startMs: 0, endMs: 4_000, text: "One." }], words: [] },
    { startMs: 5_000, endMs: 9_000, text: "Two.", segments: [], words: [] },
  ]);
  expect(joined.segments.map(({ startMs, endMs, text }) => [startMs, endMs, text])).toEqual([
    [0, 4_000, "One."],
    [5_000, 9_000, "Two."],
  ]);
});

test("a language without spaces is joined without them", () => {
  const joined = joinTranscripts([
    { startMs: 0, endMs: 10_000, text: "我们星期五发送报告给财务部门", segments: [], words: [] },
    { startMs: 5_000, endMs: 15_000, text: "发送报告给财务部门，然后开会。", segments: [], words: [] },
  ]);
  expect(joined.text).toBe("我们星期五发送报告给财务部门，然后开会。");
});

test("a later hearing goes on where the earlier one ended", () => {
  const later = "the report on Friday, and Ben reads it.";
  expect(unheard("Anna will send the report on Friday.", later, 4)).toBe("and Ben reads it.");
  expect(unheard("Nothing of it", later, 4)).toBe(later);
  expect(unheard("He said the report on Friday, and Ben reads it.", later, 8)).toBe("");
});
