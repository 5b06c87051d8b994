import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { reasoningSplitter, type ReasoningSplitter, type TaggedPiece } from "../../src/core/reasoning-tags.ts";

function split(...pieces: readonly string[]): { readonly reasoning: string; readonly text: string } {
  return splitBy(reasoningSplitter(), pieces);
}

function splitBy(splitter: ReasoningSplitter, pieces: readonly string[]) {
  const parts: readonly TaggedPiece[] = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
  const of = (type: TaggedPiece["type"]): string => parts.map((part) => (part.type === type ? part.text : "")).join("");
  for (const part of parts) expect(part.text).not.toBe("");
  return { reasoning: of("reasoning-delta"), text: of("text-delta") };
}

const examples: readonly [whole: string, reasoning: string, text: string][] = [
  ["<think>Hmm.</think>Yes.", "Hmm.", "Yes."],
  ["<think>\nHmm.\n</think>\n\nYes.", "Hmm.", "Yes."],
  ["\n <think>Hmm.</think> Yes.", "Hmm.", "Yes."],
  ["<think></think>Yes.", "", "Yes."],
  ["<think>\n\n</think>\n\nYes.", "", "Yes."],
  ["[THINK]Hmm.[/THINK]Yes.", "Hmm.", "Yes."],
  ["<think>a < b </thin> \n</ </think>Yes.", "a < b </thin> \n</ ", "Yes."],
  ["<think>Hmm.[/THINK]</think>Yes.", "Hmm.[/THINK]", "Yes."],
  ["<think>Hmm, and cut", "Hmm, and cut", ""],
  ["<think>Hmm.\n</th", "Hmm.\n</th", ""],
  ["<think>Hmm.</think>", "Hmm.", ""],
  ["<think>Hmm.</think>Use <think> tags</think>.", "Hmm.", "Use <think> tags</think>."],
  ["Yes. <think>no tag</think>", "", "Yes. <think>no tag</think>"],
  ["<thinking>no tag", "", "<thinking>no tag"],
  ["<thi", "", "<thi"],
  ["  Yes.", "", "  Yes."],
  [" \n", "", " \n"],
  ["", "", ""],
  ["<think>é🙂</think>🙂é", "é🙂", "🙂é"],
];

describe.each(examples)("%j", (whole, reasoning, text) => {
  test("is split right", () => {
    expect(split(whole)).toEqual({ reasoning, text });
  });

  test("is split the same wherever it is cut, in two and in three", () => {
    for (let first = 0; first <= whole.length; first += 1) {
      for (let second = first; second <= whole.length; second += 1) {
        expect(split(whole.slice(0, first), whole.slice(first, second), whole.slice(second))).toEqual({
          reasoning,
          text,
        });
      }
    }
  });
});

const openedExamples: typeof examples = [
  ["Hmm.</think>Yes.", "Hmm.", "Yes."],
  ["\nHmm.\n</think>\n\nYes, </think> is a tag.", "Hmm.", "Yes, </think> is a tag."],
  ["Hmm.[/THINK]Yes.</think>", "Hmm.", "Yes.</think>"],
  ["<think>Hmm.</think>Yes.", "Hmm.", "Yes."],
  ["</think>Yes.", "", "Yes."],
  ["Hmm, and cut </thi", "Hmm, and cut </thi", ""],
  ["<thi", "<thi", ""],
];

describe.each(openedExamples)("%j, after a template that opened the thinking", (whole, reasoning, text) => {
  test("is split right, wherever it is cut", () => {
    for (let at = 0; at <= whole.length; at += 1) {
      const parts = splitBy(reasoningSplitter(true), [whole.slice(0, at), whole.slice(at)]);
      expect(parts).toEqual({ reasoning, text });
    }
  });
});

test("text is held back no longer than it takes to decide", () => {
  const splitter = reasoningSplitter();
  expect(splitter.push("<th")).toEqual([]);
  expect(splitter.push("e")).toEqual([{ type: "text-delta", text: "<the" }]);
  expect(splitter.push("<think>")).toEqual([{ type: "text-delta", text: "<think>" }]);
  const thinking = reasoningSplitter();
  expect(thinking.push("<think>Hm")).toEqual([{ type: "reasoning-delta", text: "Hm" }]);
  expect(thinking.push("m</")).toEqual([{ type: "reasoning-delta", text: "m" }]);
  expect(thinking.push("b>")).toEqual([{ type: "reasoning-delta", text: "</b>" }]);
});

test("cutting never changes what random texts mean", () => {
  const part = fc.constantFrom(
    "<think>",
    "</think>",
    "[THINK]",
    "[/THINK]",
    "\n",
    " ",
    "a",
    "<",
    "</",
    "think>",
    "é🙂",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), fc.array(fc.nat(12), { maxLength: 12 }), (parts, sizes) => {
      const whole = parts.join("");
      const pieces: string[] = [];
      let rest = whole;
      for (const size of sizes) {
        pieces.push(rest.slice(0, size));
        rest = rest.slice(size);
      }
      expect(split(...pieces, rest)).toEqual(split(whole));
    }),
    { numRuns: 5_000 },
  );
});
