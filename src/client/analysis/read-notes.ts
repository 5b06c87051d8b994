import type { AnalysisNote, AnalysisSource } from "../../core/analysis-checkpoint.ts";
import { isInhouseError } from "../../core/error.ts";
import { partialJson } from "../../core/partial-json.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import { citationsIn, type MarkTable } from "./analysis-marks.ts";

/** Characters of a note, and tokens that one takes: a model that repeats itself is stopped by the length. */
const longestNote = 320;
const tokensOfNote = 100;

/**
 * The form of notes where the server holds a model to it: each note names one of the marks that were shown, and no more are
 * written than there is room for.
 */
export function notesFormat(marks: readonly string[], maxTokens: number): ResponseFormat {
  const note = {
    type: "object",
    properties: { source: { enum: marks }, note: { type: "string", maxLength: longestNote } },
    required: ["source", "note"],
    additionalProperties: false,
  };
  const maxItems = Math.max(1, Math.floor(maxTokens / tokensOfNote));
  return {
    type: "json-schema",
    name: "notes",
    schema: {
      type: "object",
      properties: { notes: { type: "array", items: note, maxItems } },
      required: ["notes"],
      additionalProperties: false,
    },
  };
}

/**
 * Notes out of an answer: JSON in their form, also where its end was cut off, or else a note a line; what was noted twice is
 * there once. A note that names no mark that was shown is from the whole that was shown.
 */
export function readNotes(
  text: string,
  table: MarkTable,
  whole: readonly AnalysisSource[],
  form: "json" | "lines",
): readonly AnalysisNote[] {
  const written = form === "json" ? listedNotes(text) : undefined;
  const notes = written
    ? written.flatMap(({ note, source }) => noteOf(note, `[${source}]`, table, whole))
    : text.split("\n").flatMap((line) => noteOf(line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, ""), "", table, whole));
  return notes.filter((note, index) => notes.findIndex((other) => other.text === note.text) === index);
}

function noteOf(
  written: string,
  named: string,
  table: MarkTable,
  whole: readonly AnalysisSource[],
): readonly AnalysisNote[] {
  const text = written.trim();
  if (!/[\p{L}\p{N}]/u.test(text)) return [];
  const { sources } = citationsIn(named + text, table);
  return [{ text, sources: sources.length > 0 ? sources : whole }];
}

/** The notes of JSON as far as it came; undefined for what is none. */
function listedNotes(text: string): readonly { readonly note: string; readonly source: string }[] | undefined {
  const reader = partialJson();
  try {
    reader.push(text);
  } catch (error) {
    if (!isInhouseError(error)) throw error;
  }
  const { notes } = fieldsOf(reader.value);
  if (!Array.isArray(notes)) return undefined;
  return notes.map((entry: unknown) => {
    const { note, source } = fieldsOf(entry);
    return { note: typeof note === "string" ? note : "", source: typeof source === "string" ? source : "" };
  });
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
