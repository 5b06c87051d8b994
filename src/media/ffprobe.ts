import type { MediaFile } from "../core/media-file.ts";
import { recordingOf, shownName } from "./byte-reader.ts";
import { ffmpegInput } from "./ffmpeg-input.ts";
import { ffmpegOutput, ffmpegStream } from "./ffmpeg.ts";

/** What a recording holds, as ffprobe reads it. */
export interface Probed {
  readonly mediaType: string;
  /** Absent where it has no length: neither said nor found by its parts. */
  readonly durationMs?: number;
  /** Its first sound track. */
  readonly sound?: { readonly sampleRate: number; readonly channels: number };
  /** Its first pictures, as they are shown: turned, and with square pixels. The cover of a record is none. */
  readonly pictures?: { readonly width: number; readonly height: number };
}

/** Longest answer of ffprobe. */
const mostBytes = 1_048_576;

/** Reads what a recording says of itself; one that says no length, as browsers record, is read to its end for it. Throws as `ffmpegStream` does. */
export async function probe(file: MediaFile, signal?: AbortSignal): Promise<Probed> {
  const { mediaType } = await recordingOf(file);
  const input = await ffmpegInput(file, { seek: true });
  try {
    const run = { program: "ffprobe", signal, name: shownName(file) } as const;
    const entries = [
      "format=duration,start_time",
      "stream=codec_type,width,height,sample_aspect_ratio,sample_rate,channels",
      "stream_disposition=attached_pic",
      "stream_side_data=rotation",
      "stream_tags=rotate",
    ];
    const args = [...input.args, "-show_entries", entries.join(":"), "-of", "json"];
    const answer = await ffmpegOutput({ ...run, args }, mostBytes);
    const { streams = [], format = {} } = JSON.parse(Buffer.from(answer).toString()) as Answer;
    const sound = streams.find(({ codec_type: type }) => type === "audio");
    const pictures = streams.find(
      ({ codec_type: type, disposition }) => type === "video" && disposition?.attached_pic !== 1,
    );
    const seconds =
      positive(format.duration) ?? (await lastOf({ ...run, args: input.args }, Number(format.start_time ?? 0)));
    return {
      mediaType,
      ...(seconds === undefined ? {} : { durationMs: Math.round(seconds * 1_000) }),
      ...(sound ? { sound: { sampleRate: Number(sound.sample_rate ?? 0), channels: sound.channels ?? 0 } } : {}),
      ...(pictures ? { pictures: shownSize(pictures) } : {}),
    };
  } finally {
    await input.close();
  }
}

interface Stream {
  readonly codec_type?: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_aspect_ratio?: string;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly disposition?: { readonly attached_pic?: number };
  readonly side_data_list?: readonly { readonly rotation?: number }[];
  readonly tags?: { readonly rotate?: string };
}

interface Answer {
  readonly streams?: readonly Stream[];
  readonly format?: { readonly duration?: string; readonly start_time?: string };
}

const positive = (text: string | undefined): number | undefined => (Number(text) > 0 ? Number(text) : undefined);

function shownSize(stream: Stream): { width: number; height: number } {
  const { width = 0, height = 0, sample_aspect_ratio: ratio = "1:1", side_data_list: sideData = [], tags } = stream;
  const [across = 1, down = 1] = ratio.split(":").map(Number);
  const wide = across > 0 && down > 0 ? Math.max(1, Math.round((width * across) / down)) : width;
  const turned = sideData.find(({ rotation }) => rotation !== undefined)?.rotation ?? Number(tags?.rotate ?? 0);
  return Math.abs(turned) % 180 === 90 ? { width: height, height: wide } : { width: wide, height };
}

/** Where the last part of a recording ends, in seconds from its start. */
async function lastOf(
  run: { program: "ffprobe"; signal: AbortSignal | undefined; name: string; args: readonly string[] },
  start: number,
): Promise<number | undefined> {
  const args = [...run.args, "-show_entries", "packet=pts_time,duration_time", "-of", "csv=print_section=0"];
  let line = "";
  let last = 0;
  for await (const chunk of ffmpegStream({ ...run, args })) {
    const lines = (line + Buffer.from(chunk).toString("latin1")).split("\n");
    line = lines.pop() ?? "";
    for (const packet of lines) {
      const [at = Number.NaN, length = 0] = packet.split(",").map(Number);
      if (at >= 0) last = Math.max(last, at + (length > 0 ? length : 0) - (start > 0 ? start : 0));
    }
  }
  return last > 0 ? last : undefined;
}
