import { expect, test } from "vitest";

import { fillSegments } from "../../src/core/fill-segments.ts";

const segment = (startMs: number, endMs: number, text: string) => ({ startMs, endMs, text });

test("what the text has between two segments is a segment of the time between them", () => {
  const segments = [
    segment(0, 5_000, "Sarah will write to all customers."),
    segment(8_000, 12_000, "The cost of paper has gone up."),
  ];
  const text = "Sarah will write to all customers. The second topic is the price list. The cost of paper has gone up.";
  expect(fillSegments(text, segments, 12_000)).toEqual([
    segments[0],
    segment(5_000, 8_000, "The second topic is the price list."),
    segments[1],
  ]);
});

test("it is found where it begins or ends like what is around it, and where the hearings differ beside it", () => {
  const segments = [segment(0, 2_000, "we send the report"), segment(4_000, 6_000, "the team reads it")];
  const filled = (text: string) => fillSegments(text, segments, 6_000)[1]?.text;
  expect(filled("we send the report, then Ben writes a report the team reads it")).toBe("then Ben writes a report");
  expect(filled("we send the report. The boss sees the team reads it")).toBe("The boss sees");
  expect(filled("we send the reports and Ben and Eve wait a team reads it")).toBe("and Ben and Eve wait");
});

test("at the beginning, at the end, and where no time is left, nothing is lost", () => {
  const filled = fillSegments(
    "Well, she shows them at our next meeting. Are there questions? No.",
    [segment(500, 3_000, "she shows them at our next"), segment(3_100, 5_000, "Are there questions?")],
    6_000,
  );
  expect(filled).toEqual([
    segment(0, 500, "Well,"),
    segment(500, 3_000, "she shows them at our next meeting."),
    segment(3_100, 5_000, "Are there questions?"),
    segment(5_000, 6_000, "No."),
  ]);
});

test("where the two hearings differ, the segments stay as they are", () => {
  const segments = [
    segment(0, 3_000, "It went up by seven percent since a summer"),
    segment(3_000, 6_000, "after a short discussion"),
  ];
  expect(fillSegments("It went up by 7% since the last summer, after the short discussion.", segments, 6_000)).toEqual(
    segments,
  );
  expect(fillSegments("", segments, 6_000)).toEqual(segments);
  expect(fillSegments("text", [], 6_000)).toEqual([segment(0, 6_000, "text")]);
});
