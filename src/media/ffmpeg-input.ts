import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { MediaFile } from "../core/media-file.ts";
import { recordingOf } from "./byte-reader.ts";

/** How a file is given to ffmpeg. */
export interface FfmpegInput {
  readonly args: readonly string[];
  readonly stdin?: Uint8Array;
  /** Removes what was written for it. */
  close(): Promise<void>;
}

/** Containers that are read from their beginning to their end. */
const sequentialTypes = [
  "audio/mpeg",
  "audio/flac",
  "audio/ogg",
  "audio/aac",
  "audio/amr",
  "audio/wav",
  "video/webm",
  "video/x-matroska",
];
/** Containers that are told by their first bytes alone. Playlists, which name other files, are in neither list. */
const signedFormats = ["asf", "mpegts", "caf", "au", "w64"];
const knownFormats = [
  ...signedFormats,
  "wav",
  "mp3",
  "flac",
  "ogg",
  "aac",
  "amr",
  "aiff",
  "mov",
  "matroska",
  "avi",
  "flv",
  "mpeg",
  "mpegvideo",
];

/**
 * Prepares a file as the input of a run: where it is on the disk, else through a pipe, or, where the container or the caller must `seek` in it, by a
 * file that only this user may read, until `close()`. ffmpeg opens nothing else: no other protocol, and no container that names files.
 * Throws `invalid-request` where the content is no recording.
 */
export async function ffmpegInput(file: MediaFile, { seek }: { readonly seek: boolean }): Promise<FfmpegInput> {
  const { mediaType, kind } = await recordingOf(file);
  const formats = ["-format_whitelist", (kind === "unknown" ? signedFormats : knownFormats).join(",")];
  const from = (path: string): readonly string[] => [
    "-protocol_whitelist",
    "file",
    ...formats,
    "-i",
    `file:${resolve(path)}`,
  ];
  const nothing = (): Promise<void> => Promise.resolve();

  if (file.path !== undefined) return { args: from(file.path), close: nothing };
  const bytes = await file.bytes();
  if (!seek && sequentialTypes.includes(mediaType)) {
    return { args: ["-protocol_whitelist", "pipe", ...formats, "-i", "pipe:0"], stdin: bytes, close: nothing };
  }
  const folder = await mkdtemp(join(tmpdir(), "inhouse-"));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "recording");
    await writeFile(path, bytes, { mode: 0o600 });
    return { args: from(path), close };
  } catch (error) {
    await close();
    throw error;
  }
}
