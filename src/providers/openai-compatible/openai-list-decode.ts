import { InhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import { arrayOf, isIndex, isObject, numberOf, type JsonObject } from "../../http/json.ts";
import type { Decoder } from "../../http/wire-request.ts";
import { replySummary } from "./openai-finish.ts";

/** Decodes `data: [{ index, embedding }]`: one finite vector for each input, or an error; never another input's vector. */
export function embeddingDecoder(inputs: number, dimensions: number | undefined): Decoder {
  const lengths = new Map<number, number>();
  return listDecoder("data", {
    entry(entry, position, batch) {
      const index = numberOf(entry["index"]) ?? position;
      const vector = vectorOf(entry["embedding"]);
      if (lengths.has(index) || !isIndex(index, inputs)) throw wrong(`a vector for input ${index} of ${inputs}`);
      if (dimensions !== undefined && vector.length !== dimensions) throw ignored(vector.length, dimensions);
      lengths.set(index, vector.length);
      batch.push({ type: "embedding", index, vector });
    },
    end() {
      if (lengths.size !== inputs) throw wrong(`${lengths.size} vectors for ${inputs} inputs`);
      if (new Set(lengths.values()).size > 1) throw wrong("vectors of different lengths");
    },
  });
}

/** Decodes `results: [{ index, relevance_score }]`. */
export function rerankDecoder(documents: number): Decoder {
  const seen = new Set<number>();
  return listDecoder("results", {
    entry(entry, _, batch) {
      const index = numberOf(entry["index"]) ?? -1;
      const score = numberOf(entry["relevance_score"]) ?? numberOf(entry["score"]);
      if (seen.has(index) || !isIndex(index, documents)) throw wrong(`a score for document ${index} of ${documents}`);
      if (score === undefined) throw wrong("a score that is no number");
      seen.add(index);
      batch.push({ type: "ranking", index, score });
    },
    end() {
      if (seen.size === 0) throw wrong(`no scores for ${documents} documents`); // fewer may be what an option asked for
    },
  });
}

/** How the entries of a list become events. */
export interface ListReading {
  entry(entry: JsonObject, position: number, batch: ModelEvent[]): void;
  /** Throws when the list as a whole is wrong. */
  end(): void;
}

/** Decodes a reply whose `field` is a list of objects. */
export function listDecoder(field: string, reading: ListReading): Decoder {
  const summary = replySummary();
  return {
    complete: false,
    value(value, batch) {
      if (!isObject(value) || !Array.isArray(value[field])) throw wrong(`no ${field}`);
      value[field].forEach((entry: unknown, position) => {
        if (!isObject(entry)) throw wrong(`an entry of ${field} that is no object`);
        reading.entry(entry, position, batch);
      });
      summary.read(value, batch);
    },
    end(batch) {
      reading.end();
      batch.push(summary.finish([]));
    },
  };
}

/** A vector sent as numbers, or as the base64 of little-endian 32-bit floats. */
function vectorOf(value: unknown): readonly number[] {
  const vector = typeof value === "string" ? floatsOf(value) : arrayOf(value);
  if (vector.length === 0) throw wrong("an empty vector");
  for (const component of vector) if (!Number.isFinite(component)) throw wrong("a vector with something but numbers");
  return vector as readonly number[];
}

function floatsOf(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, "base64");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getFloat32(index * 4, true));
}

/** Many servers do not know `dimensions`, and give the whole vector. */
const ignored = (length: number, dimensions: number): InhouseError =>
  new InhouseError(
    "unsupported",
    `dimensions: ${dimensions} were asked for, and the server sent vectors of ${length}.`,
    {
      hint: "Leave dimensions out and shorten the vectors yourself, if the model was trained for it.",
    },
  );

/** The error of a reply that is not what its protocol says. */
export const wrong = (what: string): InhouseError => new InhouseError("protocol", `The server sent ${what}.`);
