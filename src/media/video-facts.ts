import { InhouseError } from "../core/error.ts";
import type { MediaFile } from "../core/media-file.ts";
import { shownName } from "./byte-reader.ts";
import { probe } from "./ffprobe.ts";

/** What a film is. */
export interface VideoFacts {
  /** By its content. */
  readonly mediaType: string;
  readonly durationMs: number;
  /** In pixels, as it is shown: a film of a telephone that was held upright is higher than wide. */
  readonly width: number;
  readonly height: number;
  readonly hasSound: boolean;
}

/** Most pixels of a picture of a film: 8,192 times 8,192. */
export const mostPixels = 67_108_864;

/**
 * What a film is, by ffprobe; of one that says no length, as browsers record, every part is looked at for it. Throws `invalid-request` for what is no
 * recording, or has no pictures or no length, `limit` where a picture has more than 67 million pixels, `unsupported` without ffprobe, `abort`.
 */
export async function videoFacts(file: MediaFile, signal?: AbortSignal): Promise<VideoFacts> {
  const { mediaType, durationMs, sound, pictures } = await probe(file, signal);
  const name = shownName(file);
  if (!pictures) {
    throw new InhouseError("invalid-request", `${name} has no pictures.`, {
      hint: sound ? "It is a sound: pass it as one." : "Pass a film.",
    });
  }
  const { width, height } = pictures;
  if (width < 1 || height < 1 || durationMs === undefined) {
    throw new InhouseError(
      "invalid-request",
      `${name} does not say how ${durationMs === undefined ? "long" : "large"} it is.`,
      {
        hint: "The file is cut off or damaged: export it again.",
      },
    );
  }
  if (width * height > mostPixels) {
    throw new InhouseError("limit", `${name} has pictures of ${width} × ${height}, more than ${mostPixels} pixels.`, {
      hint: "Scale it down before.",
    });
  }
  return { mediaType, durationMs, width, height, hasSound: sound !== undefined };
}
