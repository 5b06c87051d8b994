import { expect, test } from "vitest";

import { toSrt, toVtt } from "../../src/core/subtitles.ts";
import { thrownBy } from "../support/loopback.ts";

const spoken = (...segments: readonly (readonly [startMs: number, endMs: number, text: string])[]) => ({
  text: segments.map(([, , text]) => text).join(" "),
  segments: segments.map(([startMs, endMs, text]) => ({ startMs, endMs, text })),
});

test("subtitles have their numbers, times and lines", () => {
  const said = spoken([0, 1_500, "Good morning."], [3_661_042, 3_663_000, "Goodbye."]);
  expect(toSrt(said)).toBe(
    "1\n00:00:00,000 --> 00:00:01,500\nGood morning.\n\n2\n01:01:01,042 --> 01:01:03,000\nGoodbye.\n",
  );
  expect(toVtt(said)).toBe(
    "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGood morning.\n\n01:01:01.042 --> 01:01:03.000\nGoodbye.\n",
  );
});

test("a long segment becomes several, in order and without a gap, no line longer than 42 characters", () => {
  const text =
    "We decided to use two trucks and to close the old building for three days because of the move to March.";
  const blocks = toSrt(spoken([10_000, 20_000, `${text}\n\n${"x".repeat(50)}`]))
    .trimEnd()
    .split("\n\n");
  const cues = blocks.map((block) => block.split("\n"));
  expect(cues.length).toBeGreaterThan(1);
  for (const [index, [number, , ...lines]] of cues.entries()) {
    expect([number, lines.length <= 2, lines.every(({ length }) => length <= 42)]).toEqual([
      String(index + 1),
      true,
      true,
    ]);
  }
  const times = cues.map(([, time = ""]) => time.split(" --> "));
  expect([times[0]?.[0], times.at(-1)?.[1]]).toEqual(["00:00:10,000", "00:00:20,000"]);
  for (const [index, [start]] of times.entries()) if (index > 0) expect(start).toBe(times[index - 1]?.[1]);
  expect(
    cues
      .flatMap(([, , ...lines]) => lines)
      .join("")
      .replaceAll(" ", ""),
  ).toBe((text + "x".repeat(50)).replaceAll(" ", ""));
});

test("where words have times, a segment is divided by them", () => {
  const early = Array.from({ length: 20 }, (_, at) => ({ text: "word", startMs: at * 10, endMs: at * 10 + 10 }));
  const late = { text: "end", startMs: 9_000, endMs: 10_000 };
  const words = [...early, late];
  const segment = { startMs: 0, endMs: 10_000, text: words.map(({ text }) => text).join(" "), words };
  expect(toSrt({ text: segment.text, segments: [segment] })).toContain("00:00:00,000 --> 00:00:00,1");
});

test("marks of the form are no text", () => {
  expect(toVtt(spoken([0, 1_000, "a <b> & c --> d"]))).toContain("a &lt;b&gt; &amp; c --&gt; d");
  expect(toSrt(spoken([0, 1_000, "a --> b"]))).toContain("\na -> b\n");
});

test("without times there are none, and silence has none to show", () => {
  expect(thrownBy(() => toSrt({ text: "Hello", segments: [] }))).toMatchObject({ code: "invalid-request" });
  expect([toSrt({ text: "", segments: [] }), toVtt({ text: "", segments: [] })]).toEqual(["", "WEBVTT\n"]);
});
