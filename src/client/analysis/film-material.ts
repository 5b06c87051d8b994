import { videoFacts } from "../../media/video-facts.ts";
import { videoFrames } from "../../media/video-frames.ts";
import type { AnalysisPiece } from "./analysis-piece.ts";
import type { Material, MaterialReading } from "./material.ts";
import { lackOf, pictureTokens, reasonsOf, senseless, type Lack } from "./model-senses.ts";
import type { OpenedMaterial } from "./open-material.ts";
import { spokenMaterial } from "./sound-material.ts";

/** A picture for each of these milliseconds, but not fewer nor more of them than this, where the client does not say how many. */
const frameMs = 10_000;
const fewestFrames = 4;
const mostFrames = 64;

/** What a film shows, a picture for each stretch of it, and what is said in it, in the order of their times. */
export async function filmMaterial(opened: OpenedMaterial, reading: MaterialReading): Promise<Material> {
  const { run, name } = reading;
  if (!opened.file) return { pieces: [], total: 0 };
  const facts = await videoFacts(opened.file, run.signal);
  const unseen = lackOf(reading, "image");
  const frames = unseen ? [] : framePieces(opened, facts, reading);
  const silence: { readonly lacks: readonly Lack[] } = { lacks: [{ evidence: "it has no sound" }] };
  const spoken = facts.hasSound ? await spokenMaterial(opened, reading, facts.durationMs) : silence;
  if (!("pieces" in spoken)) {
    if (unseen)
      throw senseless(
        reading,
        "the film can be neither seen nor heard",
        [unseen, ...spoken.lacks],
        "Use a model that sees pictures.",
      );
    if (facts.hasSound) run.warn("video", `${name}: what is said is left out: ${reasonsOf(spoken.lacks)}.`);
    return { pieces: frames, total: frames.length };
  }
  if (unseen) run.warn("video", `${name}: what is shown is left out: ${reasonsOf([unseen])}.`);
  const said: AnalysisPiece[] = [];
  for await (const piece of spoken.pieces) said.push(piece);
  const pieces = [...frames, ...said].toSorted((a, b) => startOf(a) - startOf(b));
  return { ...spoken, pieces, total: pieces.length };
}

const startOf = ({ sources: [source] }: AnalysisPiece): number => (source && "fromMs" in source ? source.fromMs : 0);

function framePieces(
  { file }: OpenedMaterial,
  { durationMs, width, height }: { readonly durationMs: number; readonly width: number; readonly height: number },
  reading: MaterialReading,
): readonly AnalysisPiece[] {
  const { run, part, name } = reading;
  const { image, video } = run.client.target.media ?? {};
  const usual = Math.min(mostFrames, Math.max(fewestFrames, Math.ceil(durationMs / frameMs)));
  const count = video?.frames ?? usual;
  const maxEdge = image?.maxEdge === undefined ? {} : { maxEdge: image.maxEdge };
  return Array.from({ length: count }, (_, index): AnalysisPiece => {
    const fromMs = Math.round((index * durationMs) / count);
    const toMs = Math.round(((index + 1) * durationMs) / count);
    return {
      sources: [{ fromMs, toMs, ...part }],
      identity: name,
      mediaTokens: pictureTokens(reading, { width, height }),
      load: async () => {
        const shown = file ? await videoFrames(file, { count: 1, fromMs, toMs, ...maxEdge, signal: run.signal }) : [];
        return shown.map(({ data, mediaType }) => ({ type: "image" as const, mediaType, data }));
      },
    };
  });
}
