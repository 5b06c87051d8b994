import type { MediaKind } from "../../core/media-file.ts";
import type { Part } from "../../core/message.ts";
import { checkObject, wrong } from "../check.ts";
import { lookAtPart } from "../files/look-at-part.ts";
import { normalizePart } from "../files/normalize-parts.ts";
import { headBytes, type OpenedFile } from "../files/opened-file.ts";
import { mergeTimeouts } from "../timeouts.ts";
import type { AnalysisFile } from "./analysis-input.ts";
import type { AnalysisRun } from "./analysis-run.ts";

/** What was given as material, as far as its head tells. */
export interface OpenedMaterial {
  /** The part that it is in a message; a text is one without a file. */
  readonly part: Part;
  readonly file?: OpenedFile;
  readonly kind: MediaKind | "text";
  readonly mediaType: string;
  /** Its name, for the model and for errors. */
  readonly name: string;
}

/** Opens what was given where the client's `media` options allow it. `place` names it in errors. Rejects as a chat with it would. */
export async function openMaterial(
  { client, signal, input }: AnalysisRun,
  given: AnalysisFile | Part,
  place: string,
  kind: MediaKind | undefined,
): Promise<OpenedMaterial> {
  const part = normalizePart(place, partOf(place, given, kind) as Part);
  if (part.type === "text") return { part, kind: "text", mediaType: "text/plain", name: place };
  const timeouts = mergeTimeouts(client.timeouts, input.timeout);
  const looked = await lookAtPart(place, part, client.target, { signal, timeouts });
  if (kind !== undefined && looked.kind !== kind) throw wrong(place, `it is ${looked.mediaType}`, "Pass it as file.");
  const name = looked.file?.name ?? place;
  const { file = inBase64(part, name) } = looked;
  return { part, kind: looked.kind, mediaType: looked.mediaType, name, ...(file === undefined ? {} : { file }) };
}

/** A part of a message out of whatever names a file. */
function partOf(place: string, given: unknown, kind: MediaKind | undefined): object {
  const type = kind === undefined || kind === "document" ? "file" : kind;
  const isBytes = given instanceof Uint8Array || given instanceof ArrayBuffer || given instanceof Blob;
  if (isBytes) return { type, data: given };
  const fields = checkObject(place, given);
  if (Symbol.asyncIterator in fields) return { type, data: fields };
  return "type" in fields ? fields : { type, ...fields };
}

/** A picture in base64 is no file for a message, and is one here. */
function inBase64(part: Part, name: string): OpenedFile | undefined {
  if (part.type === "text" || part.type === "file") return undefined;
  const { data } = part;
  const bytes = typeof data === "string" ? Buffer.from(data, "base64") : data;
  return {
    name,
    sizeBytes: bytes.length,
    head: () => Promise.resolve(bytes.subarray(0, headBytes)),
    bytes: () => Promise.resolve(bytes),
    discard: () => Promise.resolve(),
  };
}
