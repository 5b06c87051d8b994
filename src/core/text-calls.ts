import type { CallBlock, CallNotation, TextCall } from "./call-notation.ts";
import { harmonyCalls } from "./harmony-calls.ts";
import { hermesCalls } from "./hermes-calls.ts";
import { bareCalls, fencedCalls } from "./json-calls.ts";
import { mistralCalls } from "./mistral-calls.ts";
import { pythonicCalls } from "./pythonic-calls.ts";

/** A piece of an answer: text, or a call that was written into it. */
export type TextOrCall = { readonly text: string } | { readonly call: TextCall };

/** Reads calls out of a streamed text. */
export interface TextCallReader {
  push(text: string): readonly TextOrCall[];
  /** What is held back at the end of the answer. */
  end(): readonly TextOrCall[];
  /** What is held back now. */
  held(): string;
}

/** Most characters that are held back for a call; what is longer is text. */
const maxHeld = 262_144;
/** Up to here, what turned out to be no call is looked through for one that begins later. */
const maxReread = 1_024;
/** What is read at a time of a long text, so that reading some of it again does not copy all of it. */
const stride = 4_096;

const notations: readonly CallNotation[] = [hermesCalls, mistralCalls, harmonyCalls, fencedCalls, pythonicCalls];

/**
 * A reader for one answer. Text passes at once unless a call of an offered tool may begin in it; what is held back becomes
 * calls, or is text again. A call is taken as it stands or not at all: nothing is repaired. How the text is cut into pieces
 * makes no difference, and a character is looked at a bounded number of times.
 */
export function textCallReader(toolNames: readonly string[]): TextCallReader {
  const names = new Set(toolNames);
  const isTool = (name: string): boolean => names.has(name);
  const openings = new Map(
    notations.flatMap((notation) => notation.opens(toolNames).map((opening) => [opening, notation] as const)),
  );
  const opening = new RegExp([...openings.keys()].map(escaped).join("|"), "g");
  let waiting = ""; // may be the beginning of an opening
  let block: (CallBlock & { readonly isAnswer: boolean }) | undefined;
  let pieces: string[] = []; // the block as far as it came
  let length = 0;
  let beginsLine = true; // nothing but white space stands on the line so far
  let beginsAnswer = true;
  let found: TextOrCall[] = [];

  function release(text: string): void {
    if (text === "") return;
    const line = text.slice(text.lastIndexOf("\n") + 1);
    beginsLine = line.trim() === "" && (beginsLine || line.length < text.length);
    beginsAnswer &&= text.trim() === "";
    const last = found.at(-1);
    if (last && "text" in last) found[found.length - 1] = { text: last.text + text };
    else found.push({ text });
  }

  function open(notation: CallNotation, mark: string): void {
    block = { ...notation.block(isTool, mark), isAnswer: notation.place === "answer" };
    pieces = [mark];
    length = mark.length;
  }

  /** Looks for an opening; gives back what is to be read on from there. */
  function look(text: string): string {
    const at = beginsAnswer ? text.search(/\S/) : -1;
    const first = text[at] ?? "";
    if (bareCalls.opens([]).includes(first)) {
      release(text.slice(0, at));
      open(bareCalls, first);
      return text.slice(at + 1);
    }
    opening.lastIndex = 0;
    for (let match = opening.exec(text); match; match = opening.exec(text)) {
      const [mark] = match;
      const notation = openings.get(mark);
      const line = text.slice(text.lastIndexOf("\n", match.index - 1) + 1, match.index);
      const onOwnLine = line.trim() === "" && (beginsLine || line.length < match.index);
      if (!notation || (notation.place === "line" && !onOwnLine)) continue;
      release(text.slice(0, match.index));
      open(notation, mark);
      return text.slice(match.index + mark.length);
    }
    const keep = beginningOfOpening(text);
    release(text.slice(0, text.length - keep));
    waiting = text.slice(text.length - keep);
    return "";
  }

  /** How much of the end of a text may be the beginning of an opening. */
  function beginningOfOpening(text: string): number {
    for (let at = Math.max(0, text.length - longest); at < text.length; at += 1) {
      if (!"<[`".includes(text[at] ?? "")) continue;
      const end = text.slice(at);
      for (const mark of openings.keys()) if (mark.length > end.length && mark.startsWith(end)) return end.length;
    }
    return 0;
  }
  const longest = Math.max(...[...openings.keys()].map((mark) => mark.length)) - 1;

  /** Follows the open block; gives back what is to be read on after it. */
  function follow(current: CallBlock, text: string): string {
    for (let at = 0; at < text.length; at += 1) {
      const step = current.step(text[at] ?? "");
      const tooLong = length + at >= maxHeld;
      if (step === "more" && !tooLong) continue;
      const end = step === "over-before" ? at : at + 1;
      pieces.push(text.slice(0, end));
      return close(step === "over" || step === "over-before") + text.slice(end);
    }
    pieces.push(text);
    length += text.length;
    return "";
  }

  /** Ends the block; gives back what of it is to be looked through again. */
  function close(whole: boolean): string {
    const text = pieces.join("");
    const calls = whole ? block?.read(text) : undefined;
    const isAnswer = block?.isAnswer ?? false;
    block = undefined;
    pieces = [];
    beginsAnswer = false;
    for (const call of calls ?? []) found.push({ call });
    if (calls) return "";
    // What was taken for the whole answer may begin with an opening of another kind.
    const keep = text.length > maxReread ? text.length : isAnswer ? 0 : 1;
    release(text.slice(0, keep));
    return text.slice(keep);
  }

  function read(text: string): void {
    for (let rest = text; rest !== "";) rest = block ? follow(block, rest) : look(rest);
  }

  function taken(): readonly TextOrCall[] {
    const all = found;
    found = [];
    return all;
  }

  return {
    push(text) {
      for (let at = 0; at < text.length; at += stride) {
        const next = waiting + text.slice(at, at + stride);
        waiting = "";
        read(next);
      }
      return taken();
    },
    end() {
      while (block) read(close(block.mayEnd()));
      release(waiting);
      waiting = "";
      return taken();
    },
    held: () => (block ? pieces.join("") : waiting),
  };
}

/** All calls in a whole text. */
export function textCalls(text: string, toolNames: readonly string[]): readonly TextCall[] {
  const reader = textCallReader(toolNames);
  return [...reader.push(text), ...reader.end()].flatMap((piece) => ("call" in piece ? [piece.call] : []));
}

const escaped = (text: string): string => text.replaceAll(/[[\]|()]/g, String.raw`\$&`);
