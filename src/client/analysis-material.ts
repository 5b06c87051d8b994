import { InhouseError } from "../core/error.ts";
import type { MediaFile, MediaKind } from "../core/media-file.ts";
import { sniff } from "../media/sniff.ts";
import { fittingPieces } from "./analysis-groups.ts";
import type { AnalysisInput } from "./analysis-input.ts";
import { materialKeys } from "./analysis-options.ts";
import type { CountedPiece } from "./analysis-piece.ts";
import type { Transcript } from "./analysis-result.ts";
import type { AnalysisRun } from "./analysis-run.ts";
import type { AnalysisWindow } from "./analysis-window.ts";
import { checkObject, checkString, wrong } from "./check.ts";
import type { Material, MaterialReading } from "./material.ts";
import { openMaterial } from "./open-material.ts";
import { textPieces } from "./text-pieces.ts";

/** The whole material, counted. */
export interface ReadMaterial {
  readonly pieces: readonly CountedPiece[];
  readonly transcript?: Transcript;
  readonly transcribe: number;
}

const mostPieces = 2_000;

/** Reads all that was given, in its order, and counts it; a piece that is too long for a call is cut. */
export async function readMaterial(
  run: AnalysisRun,
  window: AnalysisWindow,
  purpose: "analysis" | "plan" = "analysis",
): Promise<ReadMaterial> {
  const { maxPieces = mostPieces } = run.input;
  const pieces: CountedPiece[] = [];
  const materials: Material[] = [];
  for (const { given, kind, part } of givenFiles(run.input)) {
    materials.push(await read(given, kind, { run, window, name: "", part, isPlan: purpose === "plan" }));
  }
  const totals = materials.map((material) => material.total);
  const total = totals.every((known) => known !== undefined) ? totals.reduce((sum, one) => sum + one, 0) : undefined;
  if (total !== undefined && total > maxPieces) throw tooMany(total, maxPieces);
  let done = 0;
  for (const material of materials) {
    for await (const piece of material.pieces) {
      done += 1;
      if (done > maxPieces) throw tooMany(done, maxPieces);
      pieces.push(...(await fittingPieces(piece, window.notes.budget, window.count)));
      const [source] = piece.sources;
      run.report({
        stage: "read",
        done,
        ...(total === undefined ? {} : { total }),
        ...(source === undefined ? {} : { source }),
      });
    }
  }
  if (pieces.length === 0) {
    throw wrong("analyze", "there is nothing in the material that could be read", "Is the file empty?");
  }
  const transcripts = materials.flatMap(({ transcript }) => transcript ?? []);
  const transcript = transcripts.length === 0 ? {} : { transcript: joined(transcripts) };
  return { pieces, transcribe: materials.reduce((sum, { transcribe = 0 }) => sum + transcribe, 0), ...transcript };
}

interface GivenFile {
  readonly given: unknown;
  /** What the caller takes it for. */
  readonly kind?: MediaKind;
  readonly part: { readonly part?: number };
}

function givenFiles(input: AnalysisInput): readonly GivenFile[] {
  if (input.parts) {
    const isOne = input.parts.length === 1;
    return input.parts.map((given, index) => ({ given, part: isOne ? {} : { part: index + 1 } }));
  }
  const key = materialKeys.find((name) => input[name] !== undefined) ?? "file";
  return [{ given: input[key], part: {}, ...(key === "file" || key === "parts" ? {} : { kind: key }) }];
}

/** Decides by its content what a file is, and reads it as that. */
async function read(given: unknown, kind: MediaKind | undefined, reading: MaterialReading): Promise<Material> {
  const fields = checkObject("parts", given);
  if (fields["type"] === "text") return textPieces(checkString("parts: text", fields["text"]), reading);
  const file = await openMaterial(given, reading.run.signal);
  const bytes = await file.bytes();
  if (bytes.length === 0) throw wrong(kind ?? "file", "there is nothing in the material: it has no bytes");
  const sniffed = sniff(bytes);
  const named = { ...reading, name: file.name ?? "" };
  if (kind !== undefined && sniffed.kind !== kind) {
    throw wrong(kind, `${file.name ?? "the file"} is ${sniffed.mediaType}`, "Pass it as file.");
  }
  switch (sniffed.kind) {
    case "document":
      return documentOf(file, bytes, sniffed.mediaType, named);
    default:
      throw new InhouseError(
        "unsupported",
        `${file.name ?? "The file"} is ${sniffed.mediaType}, which cannot be read.`,
        {
          hint: "A PDF, a text, a picture, a recording or a film can.",
        },
      );
  }
}

async function documentOf(_: MediaFile, bytes: Uint8Array, mediaType: string, reading: MaterialReading) {
  if (mediaType.startsWith("text/")) return textPieces(new TextDecoder().decode(bytes), reading);
  throw new InhouseError("unsupported", `${reading.name} cannot be read.`);
}

const tooMany = (pieces: number, most: number): InhouseError =>
  new InhouseError("limit", `The material has ${pieces} pieces, and at most ${most} are read.`, {
    hint: `Pass maxPieces: ${pieces} if that many calls are meant; planAnalysis() shows what it takes.`,
  });

function joined(transcripts: readonly Transcript[]): Transcript {
  return {
    text: transcripts.map(({ text }) => text).join("\n\n"),
    stretches: transcripts.flatMap(({ stretches }) => stretches),
  };
}
