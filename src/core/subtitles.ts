import { InhouseError } from "./error.ts";
import type { SpokenSegment } from "./transcript.ts";

/** Most characters of a line, and most lines at a time: what is usual for television. */
const lineLength = 42;
const linesAtOnce = 2;

/** What is shown from one moment to another. */
interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  readonly lines: readonly string[];
}

/** What subtitles are made of: a transcription with `timestamps`. */
export interface Subtitled {
  readonly text: string;
  readonly segments: readonly SpokenSegment[];
}

/**
 * Subtitles in SubRip's form (`.srt`), two lines of 42 characters at the most at a time; a longer segment is divided by the
 * times of its words, or else in proportion. Throws `invalid-request` where there are no segments.
 */
export function toSrt(transcription: Subtitled): string {
  return cuesOf(transcription)
    .map(({ startMs, endMs, lines }, index) => {
      const text = lines.map((line) => line.replaceAll("-->", "->")).join("\n"); // it has no escapes
      return `${index + 1}\n${clock(startMs, ",")} --> ${clock(endMs, ",")}\n${text}\n`;
    })
    .join("\n");
}

/** The same in the form of WebVTT (`.vtt`). */
export function toVtt(transcription: Subtitled): string {
  const cues = cuesOf(transcription).map(({ startMs, endMs, lines }) => {
    const text = lines.map((line) => line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"));
    return `${clock(startMs, ".")} --> ${clock(endMs, ".")}\n${text.join("\n")}\n`;
  });
  return ["WEBVTT\n", ...cues].join("\n");
}

function cuesOf({ text, segments }: Subtitled): readonly Cue[] {
  if (segments.length === 0 && text.trim() !== "") {
    throw new InhouseError("invalid-request", "The transcription has no times, of which subtitles are made.", {
      hint: 'Ask for them: transcribe({ timestamps: "segment" }), of a server that tells them, such as vLLM or whisper.cpp.',
    });
  }
  return segments.flatMap(cuesOfSegment);
}

function cuesOfSegment(segment: SpokenSegment): readonly Cue[] {
  const lines = wrapped(segment.text);
  const cues: Cue[] = [];
  let shown = 0; // characters
  const all = lines.reduce((sum, { length }) => sum + length, 0);
  for (let at = 0; at < lines.length; at += linesAtOnce) {
    const now = lines.slice(at, at + linesAtOnce);
    const from = shown;
    shown += now.reduce((sum, { length }) => sum + length, 0);
    cues.push({ startMs: timeAt(segment, from / all), endMs: timeAt(segment, shown / all), lines: now });
  }
  return cues;
}

/** When that share of a segment has been said. */
function timeAt({ startMs, endMs, words = [] }: SpokenSegment, share: number): number {
  if (share <= 0) return startMs;
  if (share >= 1) return endMs;
  if (words.length === 0) return Math.round(startMs + share * (endMs - startMs));
  const all = words.reduce((sum, { text }) => sum + text.length, 0);
  let said = 0;
  for (const word of words) {
    if (said >= share * all) return word.startMs;
    said += word.text.length;
  }
  return endMs;
}

/** A text in lines, cut between words; a word that is longer than a line, within. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean).flatMap(inLines)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= lineLength) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A text without spaces in pieces no longer than a line, no character cut in two. */
function inLines(word: string): readonly string[] {
  if (word.length <= lineLength) return [word];
  const pieces: string[] = [""];
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(word)) {
    const last = pieces[pieces.length - 1] ?? "";
    if (last.length + segment.length <= lineLength) pieces[pieces.length - 1] = last + segment;
    else pieces.push(segment);
  }
  return pieces;
}

function clock(ms: number, mark: string): string {
  const whole = Math.max(0, Math.round(ms));
  const part = (value: number, digits = 2): string => String(value).padStart(digits, "0");
  const seconds = Math.floor(whole / 1_000);
  return `${part(Math.floor(seconds / 3_600))}:${part(Math.floor(seconds / 60) % 60)}:${part(seconds % 60)}${mark}${part(whole % 1_000, 3)}`;
}
