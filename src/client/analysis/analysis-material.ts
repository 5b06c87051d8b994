import type { MediaKind } from "../../core/media-file.ts";
import type { Part } from "../../core/message.ts";
import { wrong } from "../check.ts";
import { fittingPieces } from "./analysis-groups.ts";
import type { AnalysisFile, AnalysisInput } from "./analysis-input.ts";
import { materialKeys } from "./analysis-options.ts";
import type { CountedPiece } from "./analysis-piece.ts";
import type { Transcript } from "./analysis-result.ts";
import type { AnalysisRun } from "./analysis-run.ts";
import type { AnalysisWindow } from "./analysis-window.ts";
import type { Material, MaterialReading } from "./material.ts";
import { checkPieces } from "./most-pieces.ts";
import { openMaterial } from "./open-material.ts";

/** The whole material, counted. */
export interface ReadMaterial {
  readonly pieces: readonly CountedPiece[];
  readonly transcript?: Transcript;
  /** How many calls write down what is said, where that is planned. */
  readonly transcribe: number;
}

/** Reads all that was given, in its order, and counts it; a piece that is too long for a call is cut. */
export async function readMaterial(
  run: AnalysisRun,
  window: AnalysisWindow,
  purpose: "analysis" | "plan" = "analysis",
): Promise<ReadMaterial> {
  const pieces: CountedPiece[] = [];
  const materials: Material[] = [];
  for (const { given, place, kind, part } of givenFiles(run.input)) {
    materials.push(await read(given, place, kind, { run, window, name: place, part, isPlan: purpose === "plan" }));
  }
  const totals = materials.map((material) => material.total);
  const total = totals.every((known) => known !== undefined) ? totals.reduce((sum, one) => sum + one, 0) : undefined;
  checkPieces(run, total ?? 0);
  let done = 0;
  for (const material of materials) {
    for await (const piece of material.pieces) {
      done += 1;
      checkPieces(run, done);
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
  readonly given: AnalysisFile | Part;
  /** Where it stands, for errors. */
  readonly place: string;
  /** What the caller takes it for. */
  readonly kind?: MediaKind;
  readonly part: { readonly part?: number };
}

function givenFiles(input: AnalysisInput): readonly GivenFile[] {
  const { parts = [] } = input;
  const listed = parts.map((given, index) => ({
    given,
    place: `parts[${index}]`,
    part: parts.length === 1 ? {} : { part: index + 1 },
  }));
  return materialKeys.reduce<readonly GivenFile[]>((files, key) => {
    const given = key === "parts" ? undefined : input[key];
    if (given === undefined || key === "parts") return files;
    return [{ given, place: key, part: {}, ...(key === "file" ? {} : { kind: key }) }];
  }, listed);
}

/** Decides by its content what a file is, and reads it as that; what reads it is loaded now. */
async function read(
  given: AnalysisFile | Part,
  place: string,
  kind: MediaKind | undefined,
  { run, ...others }: MaterialReading,
): Promise<Material> {
  const opened = await openMaterial(run, given, place, kind);
  const reading = { ...others, run, name: opened.name };
  switch (opened.kind) {
    case "text":
      return (await import("./text-pieces.ts")).textPieces(
        opened.part.type === "text" ? opened.part.text : "",
        reading,
      );
    case "image":
      return (await import("./picture-pieces.ts")).picturePieces(opened, reading);
    case "audio":
      return (await import("./sound-material.ts")).soundMaterial(opened, reading);
    case "video":
      return (await import("./film-material.ts")).filmMaterial(opened, reading);
    case "document": {
      const bytes = (await opened.file?.bytes()) ?? new Uint8Array();
      if (opened.mediaType === "application/pdf") return (await import("./pdf-pieces.ts")).pdfPieces(bytes, reading);
      const { decodeText } = await import("../../media/text-file.ts");
      return (await import("./text-pieces.ts")).textPieces(decodeText(bytes), reading);
    }
  }
}

function joined(transcripts: readonly Transcript[]): Transcript {
  return {
    text: transcripts.map(({ text }) => text).join("\n\n"),
    stretches: transcripts.flatMap(({ stretches }) => stretches),
  };
}
