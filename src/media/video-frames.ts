import { InhouseError } from "../core/error.ts";
import type { MediaFile } from "../core/media-file.ts";
import { shownName } from "./byte-reader.ts";
import { ffmpegInput, type FfmpegInput } from "./ffmpeg-input.ts";
import { ffmpegOutput } from "./ffmpeg.ts";
import { splitJpegs } from "./jpeg-stream.ts";
import { mostPixels, videoFacts } from "./video-facts.ts";

/** A picture of a film. */
export interface VideoFrame {
  /** When the film shows it, in milliseconds from its start. */
  readonly atMs: number;
  readonly data: Uint8Array;
  readonly mediaType: "image/jpeg";
  readonly width: number;
  readonly height: number;
}

/** Which pictures of a film are wanted. */
export interface VideoFramesOptions {
  /** How many: from 1 to 512. */
  readonly count: number;
  /** Longest edge in pixels, from 16 on; what is smaller stays as it is. Default: the film's own. */
  readonly maxEdge?: number;
  /** The part of the film that they are of. Default: all of it. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const mostFrames = 512;
/** Pictures that are closer than this are taken in one pass; else each is looked up, which decodes a few seconds at the most. */
const onePassMs = 4_000;
/** How long before a picture a key frame is looked for; the second where what was found lies behind it, as with few pictures a second. */
const seekBeforeMs = [1_000, 30_000];
/** Look-ups at a time. */
const atATime = 2;
/** Most bytes of all pictures that one pass gives. */
const mostBytes = 268_435_456;

/**
 * What a film shows at times that are evenly spread: the centres of `count` equal parts. Pictures are JPEGs, turned as the film is shown. There
 * are fewer where the film is cut off: a part in which nothing can be read has none. What is behind the film's end is not looked at. Needs ffmpeg and ffprobe.
 *
 * Throws `invalid-request` for what is no film, a part that it does not have, or no picture at all; `limit` where its pictures have more than 67 million
 * pixels, or are more than 256 MiB together; `unsupported` without ffmpeg; `timeout`, `abort`.
 */
export async function videoFrames(file: MediaFile, options: VideoFramesOptions): Promise<readonly VideoFrame[]> {
  const { count, maxEdge = Infinity, signal } = options;
  if (!Number.isInteger(count) || count < 1 || count > mostFrames || !(maxEdge >= 16)) {
    throw new InhouseError(
      "invalid-request",
      `videoFrames: count must be from 1 to ${mostFrames}, and maxEdge from 16.`,
    );
  }
  const facts = await videoFacts(file, signal);
  const { fromMs = 0, toMs = facts.durationMs } = options;
  if (!(fromMs >= 0 && fromMs < toMs && fromMs < facts.durationMs)) {
    throw new InhouseError(
      "invalid-request",
      `${shownName(file)} has ${facts.durationMs} ms, and none from ${fromMs} to ${toMs}.`,
    );
  }
  const stepMs = (Math.min(toMs, facts.durationMs) - fromMs) / count;
  const times = Array.from({ length: count }, (_, index) => Math.floor(fromMs + (index + 0.5) * stepMs));
  const scale = Math.min(1, maxEdge / Math.max(facts.width, facts.height));
  const width = Math.max(1, Math.round(facts.width * scale));
  const height = Math.max(1, Math.round(facts.height * scale));

  const isIndexed = facts.mediaType !== "video/x-flv"; // ffmpeg 5.1 finds the end of it, whatever it looks for
  const input = await ffmpegInput(file, { seek: true });
  try {
    const film: Film = { input, width, height, signal, name: shownName(file), stepMs, isIndexed };
    const pictures = stepMs <= onePassMs || !film.isIndexed ? await onePass(film, times) : [];
    const rest = await lookUp(film, times.slice(pictures.length));
    const frames = [...pictures, ...rest].map(
      ({ atMs, data }) => ({ atMs, data, mediaType: "image/jpeg", width, height }) as const,
    );
    if (frames.length > 0) return frames;
    throw new InhouseError("invalid-request", `No picture of ${film.name} can be read.`, {
      hint: "The file is cut off or damaged: export it again.",
    });
  } finally {
    await input.close();
  }
}

interface Film {
  readonly input: FfmpegInput;
  readonly width: number;
  readonly height: number;
  readonly signal: AbortSignal | undefined;
  readonly name: string;
  readonly stepMs: number;
  /** Whether a place in it can be looked up; else it is read from its start. */
  readonly isIndexed: boolean;
}

interface Picture {
  readonly atMs: number;
  readonly data: Uint8Array;
}

/** The pictures at these times, in one pass from the first on; fewer where the film ends before. */
async function onePass(film: Film, times: readonly number[]): Promise<readonly Picture[]> {
  const [startMs = 0] = times;
  for (const beforeMs of film.isIndexed ? seekBeforeMs : [startMs]) {
    const seekMs = Math.max(0, startMs - beforeMs);
    const pictures = splitJpegs(await decoded(film, seekMs, times));
    if (pictures.length === 0 && seekMs > 0) continue;
    return times.flatMap((atMs, index) => {
      const data = pictures[index];
      return data ? [{ atMs, data }] : [];
    });
  }
  return [];
}

/** What ffmpeg makes of the pictures at these times, having looked for a key frame at another; nothing where it found one behind the first. */
async function decoded(film: Film, seekMs: number, times: readonly number[]): Promise<Uint8Array> {
  const { input, width, height, signal, name } = film;
  const startMs = times[0] ?? 0;
  const stepMs = times.length > 1 ? film.stepMs : 1_000;
  const begins = seekMs > 0 ? `select='if(eq(n,0),lte(t,${startMs / 1_000}),gt(selected_n,0))',` : "";
  // What is shown at a time is the last picture that began before it.
  const shown = `fps=fps=1000000/${Math.round(stepMs * 1_000)}:start_time=${startMs / 1_000}:round=up,setpts=PTS-STARTPTS`;
  const filter = `${begins}${shown},scale=${width}:${height},setsar=1,format=yuvj420p`;
  const place = seekMs > 0 ? ["-ss", String(seekMs / 1_000), "-noaccurate_seek"] : [];
  const seek = [...place, "-copyts", "-start_at_zero"];
  const read = [...seek, "-max_pixels", String(mostPixels), ...input.args, "-map", "0:V:0", "-vf", filter];
  const written = ["-frames:v", String(times.length), "-c:v", "mjpeg", "-q:v", "3", "-f", "image2pipe", "pipe:1"];
  return await ffmpegOutput({ program: "ffmpeg", args: [...read, ...written], signal, name }, mostBytes);
}

/** The pictures at these times one by one, a few of them at a time, until some have none: the film is cut off there. */
async function lookUp(film: Film, times: readonly number[]): Promise<readonly Picture[]> {
  const found: Picture[] = [];
  for (let index = 0; index < times.length; index += atATime) {
    const looks = await Promise.allSettled(times.slice(index, index + atATime).map((atMs) => pictureAt(film, atMs)));
    for (const look of looks) {
      if (look.status === "rejected") throw look.reason;
      if (look.value) found.push(look.value);
    }
    if (looks.every((look) => look.status === "fulfilled" && !look.value)) break;
  }
  return found;
}

/** What is shown at a time. Where the pictures end before it, an earlier one of the same part or second; undefined where there is none. */
async function pictureAt(film: Film, atMs: number): Promise<Picture | undefined> {
  for (const backMs of [0, 100, 500, 1_000, 4_000, 16_000, 64_000, 256_000]) {
    if (backMs > atMs || backMs > Math.max(film.stepMs, 1_000)) break;
    const [picture] = await onePass(film, [atMs - backMs]);
    if (picture) return picture;
  }
  return undefined;
}
