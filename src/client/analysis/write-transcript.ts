import { isInhouseError } from "../../core/error.ts";
import type { TranscriptionResult } from "../../core/result.ts";
import type { SpokenSegment, TranscribedPiece } from "../../core/transcript.ts";
import { joinTranscripts } from "../transcription/join-transcripts.ts";
import { transcribe } from "../transcription/transcribe.ts";
import type { TranscribingClient } from "./analysis-input.ts";
import type { Transcript, TranscriptStretch } from "./analysis-result.ts";
import type { AnalysisRun } from "./analysis-run.ts";
import { stepKey } from "./analysis-steps.ts";
import type { MaterialReading } from "./material.ts";
import { mayUse, type Lack } from "./model-senses.ts";
import type { OpenedMaterial } from "./open-material.ts";

/** Longest stretch of a transcript under one mark, in milliseconds and in characters. */
const longestMs = 30_000;
const longestText = 1_500;

/** Why what is said cannot be written down; undefined where it can be, or nobody knows. */
export function transcribingLack(reading: MaterialReading): Lack | undefined {
  const { run, window } = reading;
  if (!mayUse(reading, "text")) return { evidence: "modalities leaves text out" };
  if (run.input.transcriber) return undefined;
  const { transcription } = window.model?.capabilities ?? run.client.target.provider.capabilities;
  if (transcription.supported !== "no") return undefined;
  const way = "Pass a client of a server with a speech model as transcriber.";
  return { evidence: transcription.evidence, hint: [transcription.hint, way].filter(Boolean).join(" ") };
}

/**
 * Has written down what is said in a recording, by the caller's transcriber or the client itself; what a checkpoint has is
 * not done again. A recording that fails on the way ends the analysis, or leaves a gap that is told.
 */
export async function writeTranscript(
  { file }: OpenedMaterial,
  reading: MaterialReading,
  durationMs: number | undefined,
): Promise<Transcript> {
  const { run, name, part } = reading;
  if (!file) return { text: "", stretches: [] };
  const { transcriber, concurrency = 2 } = run.input;
  const key = stepKey("transcript", name, file.sizeBytes, Buffer.from(await file.head()).toString("latin1"));
  const known = run.steps.transcript(key);
  if (known?.isWhole) return transcriptOf(known.pieces, part);
  let pieces = known?.pieces ?? [];
  let doneSoFarMs = pieces.at(-1)?.endMs ?? 0;
  const client = transcriber && "client" in transcriber ? transcriber.client : (transcriber ?? itself(run));
  const model =
    transcriber && "client" in transcriber && transcriber.model !== undefined ? { model: transcriber.model } : {};
  run.report({
    stage: "transcribe",
    done: doneSoFarMs,
    ...(durationMs === undefined ? {} : { total: durationMs }),
  });
  try {
    const result = await client.transcribe({
      ...(transcriber ? { signal: run.signal } : run.callOptions),
      ...model,
      audio: file,
      name,
      timestamps: "segment",
      concurrency,
      checkpoint: { pieces },
      onProgress({ doneMs, totalMs, checkpoint }) {
        pieces = checkpoint.pieces;
        doneSoFarMs = doneMs;
        run.steps.addTranscript(key, { pieces, isWhole: false });
        run.report({ stage: "transcribe", done: doneMs, ...(totalMs === undefined ? {} : { total: totalMs }) });
      },
    });
    for (const { option, message } of result.warnings) run.warn(option, message);
    if (pieces.length === 0) pieces = [wholePiece(result, durationMs)];
    run.steps.addTranscript(key, { pieces, isWhole: true });
    const endMs = pieces.at(-1)?.endMs ?? 0;
    if (endMs > doneSoFarMs) run.report({ stage: "transcribe", done: endMs, total: endMs });
  } catch (error) {
    pieces = (isInhouseError(error) ? error.partial?.checkpoint?.pieces : undefined) ?? pieces;
    if (pieces.length > 0) run.steps.addTranscript(key, { pieces, isWhole: false });
    run.fail([{ ...gapIn(pieces, durationMs), ...part }], error);
  }
  return transcriptOf(pieces, part);
}

/** The client itself, as one who writes down what is said. */
const itself = ({ client: { target, start } }: AnalysisRun): TranscribingClient => ({
  transcribe: (input) => transcribe(input, { provider: target.provider, start }),
});

/** A short recording, which was sent as it is. */
function wholePiece(
  { text, segments, durationMs }: TranscriptionResult,
  knownMs: number | undefined,
): TranscribedPiece {
  const endMs = durationMs ?? knownMs ?? segments.at(-1)?.endMs ?? 0;
  return { startMs: 0, endMs, text, segments, words: [] };
}

/** The first stretch of a recording that is missing. */
function gapIn(pieces: readonly TranscribedPiece[], durationMs: number | undefined) {
  let fromMs = 0;
  for (const { startMs, endMs } of pieces) {
    if (startMs > fromMs) return { fromMs, toMs: startMs };
    fromMs = Math.max(fromMs, endMs);
  }
  return { fromMs, toMs: Math.max(fromMs, durationMs ?? fromMs) };
}

/** The whole transcript in stretches: of some sentences where the server told times, else of the pieces that were sent. */
function transcriptOf(pieces: readonly TranscribedPiece[], part: MaterialReading["part"]): Transcript {
  const { text, segments } = joinTranscripts(pieces);
  const spoken = segments.length > 0 ? segments : pieces;
  return { text, stretches: stretchesOf(spoken).map((stretch) => ({ ...stretch, ...part })) };
}

function stretchesOf(
  segments: readonly Pick<SpokenSegment, "startMs" | "endMs" | "text">[],
): readonly TranscriptStretch[] {
  const stretches: { fromMs: number; toMs: number; text: string }[] = [];
  for (const { startMs, endMs, text } of segments) {
    if (text.trim() === "") continue;
    const last = stretches.at(-1);
    const goesOn = last && endMs - last.fromMs <= longestMs && last.text.length + text.length <= longestText;
    if (goesOn) {
      last.toMs = Math.max(last.toMs, endMs);
      last.text = `${last.text} ${text.trim()}`;
    } else stretches.push({ fromMs: startMs, toMs: endMs, text: text.trim() });
  }
  return stretches;
}
