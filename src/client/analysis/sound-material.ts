import { isInhouseError } from "../../core/error.ts";
import type { MediaFile } from "../../core/media-file.ts";
import { soundFacts } from "../../media/sound-facts.ts";
import { soundPieces } from "../../media/sound-pieces.ts";
import type { AnalysisPiece } from "./analysis-piece.ts";
import type { Material, MaterialReading } from "./material.ts";
import { lackOf, senseless, soundTokens, type Lack } from "./model-senses.ts";
import { checkPieces } from "./most-pieces.ts";
import type { OpenedMaterial } from "./open-material.ts";
import { soundTape } from "./sound-tape.ts";
import { transcribingLack, writeTranscript } from "./write-transcript.ts";

/** Length of a piece of sound that the model hears itself, and that a transcript is planned in, in milliseconds. */
const heardMs = 30_000;
/** About how long a piece is that is sent to be written down, in milliseconds. */
const writtenMs = 300_000;

const transcribing = "Or put the transcript in its place: it is a text.";

/** What is said in a recording, written down where that can be; else the sound itself, where the model hears. */
export async function soundMaterial(opened: OpenedMaterial, reading: MaterialReading): Promise<Material> {
  const spoken = await spokenMaterial(opened, reading, await durationOf(opened, reading));
  if ("pieces" in spoken) return spoken;
  throw senseless(reading, "the recording can be neither written down nor heard", spoken.lacks, transcribing);
}

/** The same, or why nothing can be made of it. */
export async function spokenMaterial(
  opened: OpenedMaterial,
  reading: MaterialReading,
  durationMs: number | undefined,
): Promise<Material | { readonly lacks: readonly Lack[] }> {
  checkPieces(reading.run, Math.ceil((durationMs ?? 0) / heardMs)); // before hours of it are written down
  const unwritten = transcribingLack(reading);
  if (!unwritten) {
    if (reading.isPlan) return plannedTranscript(reading, durationMs);
    const transcript = await writeTranscript(opened, reading, durationMs);
    const pieces = transcript.stretches.map(({ text, ...source }) => ({ sources: [source], text }));
    return { pieces, total: pieces.length, transcript };
  }
  const unheard = lackOf(reading, "audio");
  if (unheard || !opened.file) return { lacks: [unwritten, ...(unheard ? [unheard] : [])] };
  const pieces = await heardPieces(opened.file, reading);
  return { pieces, total: pieces.length };
}

/** How long a recording is; undefined where ffprobe would have to tell, and is not there. */
async function durationOf({ file }: OpenedMaterial, { run }: MaterialReading): Promise<number | undefined> {
  try {
    return file && (await soundFacts(file, run.signal)).durationMs;
  } catch (error) {
    if (isInhouseError(error) && error.code === "unsupported") return undefined;
    throw error;
  }
}

/** Pieces of the sound itself: the recording is heard once to find the pauses, and again piece by piece. */
async function heardPieces(file: MediaFile, { run, name, part }: MaterialReading): Promise<readonly AnalysisPiece[]> {
  const tape = soundTape(file, heardMs, run.signal);
  run.atEnd(() => tape.close());
  const pieces: AnalysisPiece[] = [];
  for await (const { startMs, endMs } of soundPieces(file, { longestMs: heardMs, signal: run.signal })) {
    pieces.push({
      sources: [{ fromMs: startMs, toMs: endMs, ...part }],
      identity: name,
      mediaTokens: soundTokens(endMs - startMs, "heard"),
      load: async () => {
        const piece = await tape.at(startMs);
        return piece ? [{ type: "audio" as const, mediaType: piece.mediaType, data: piece.data }] : [];
      },
    });
  }
  return pieces;
}

/** What a transcript will be like, before it is there. */
function plannedTranscript({ part }: MaterialReading, durationMs = 0): Material {
  const count = Math.ceil(durationMs / heardMs);
  const pieces = Array.from({ length: count }, (_, index): AnalysisPiece => {
    const [fromMs, toMs] = [index * heardMs, Math.min(durationMs, (index + 1) * heardMs)];
    return { sources: [{ fromMs, toMs, ...part }], mediaTokens: soundTokens(toMs - fromMs, "written") };
  });
  return { pieces, total: count, transcribe: Math.max(1, Math.ceil(durationMs / writtenMs)) };
}
