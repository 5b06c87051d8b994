import type { MediaFile } from "../../core/media-file.ts";
import type { Part } from "../../core/message.ts";
import { clockTime } from "./clock-time.ts";
import { pictureOf, tokensOfPictures } from "./fit-picture.ts";
import { fitSoundPart } from "./fit-sound-part.ts";
import { bytesOfParts, checkSize, type FittedPart, type FitTarget } from "./fitted-part.ts";

/** Pictures of a film where the caller does not say how many. */
const usualFrames = 8;

/**
 * A film as it is, where the server takes films and the model is known to see them; else pictures of it, each after its time,
 * evenly spread. Neither has the film's sound, so that goes beside them where the model is known to hear.
 */
export async function fitFilm(file: MediaFile, target: FitTarget): Promise<FittedPart> {
  const { tools, signal, capabilities } = target;
  const facts = await tools.videoFacts(file, signal);
  const hears = capabilities.audio.supported === "yes";
  const changes: string[] = [];
  const seen = takesFilm(facts.mediaType, target)
    ? await wholeFilm(file, facts.mediaType, target)
    : await framesOf(file, facts.durationMs, target, changes);
  const sound = facts.hasSound && hears ? await fitSoundPart(file, target) : undefined;
  if (facts.hasSound && !hears) {
    changes.push(
      `The sound of the film was left out: the model is not known to hear (${capabilities.audio.evidence}).`,
    );
  }
  const parts = [...seen.parts, ...(sound?.parts ?? [])];
  const { width, height, durationMs } = facts;
  return {
    ...seen,
    parts,
    kind: "video",
    mediaType: facts.mediaType,
    sizeBytes: bytesOfParts(parts),
    width,
    height,
    durationMs,
    changes: [...changes, ...(sound?.changes ?? [])],
  };
}

type Seen = Pick<FittedPart, "parts" | "frames" | "tokens">;

/** Unknown is not enough: a server that cannot answers 400, and pictures would have been understood. */
function takesFilm(mediaType: string, { provider, capabilities }: FitTarget): boolean {
  const formats = provider.media?.video;
  return capabilities.video.supported === "yes" && (formats?.mediaTypes.includes(mediaType) ?? false);
}

async function wholeFilm(file: MediaFile, mediaType: string, target: FitTarget): Promise<Seen> {
  const maxBytes = target.provider.media?.video?.maxBytes;
  if (file.sizeBytes !== undefined) checkSize(target, file.sizeBytes, maxBytes);
  const data = await file.bytes();
  checkSize(target, data.length, maxBytes);
  return { parts: [{ type: "video", mediaType, data }] };
}

async function framesOf(file: MediaFile, durationMs: number, target: FitTarget, changes: string[]): Promise<Seen> {
  const { tools, signal, fitting } = target;
  const count = fitting.video?.frames ?? usualFrames;
  const maxEdge = fitting.image?.maxEdge;
  const frames = await tools.videoFrames(file, { count, signal, ...(maxEdge === undefined ? {} : { maxEdge }) });
  changes.push(`The film of ${clockTime(durationMs)} is sent as ${frames.length} pictures.`);
  return {
    parts: frames.flatMap((frame): readonly Part[] => [
      { type: "text", text: `[${clockTime(frame.atMs)}]` },
      pictureOf(frame),
    ]),
    frames: frames.length,
    ...(await tokensOfPictures(frames, target)),
  };
}
