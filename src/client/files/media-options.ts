import { checkOptions, describe } from "../../core/check-options.ts";
import type { MediaFitting } from "../../core/media-fitting.ts";
import { checkNumber, checkStrings, wrong } from "../check.ts";

/** Where a client may read files from, how large they may be, and what becomes of them. */
export interface MediaOptions extends MediaFitting {
  /**
   * Folders whose files may be read by `{ path }`, those beneath them too; `true` allows every path. Where a path leads, its
   * symbolic links followed, decides. Default: none.
   */
  readonly paths?: boolean | readonly string[];
  /**
   * Origins from which files may be fetched by `{ url }`, such as `https://files.example.com`; `true` allows every `http(s)`
   * URL that the provider's transport reaches, those of your own network too. Redirects are not followed. Default: none.
   */
  readonly urls?: boolean | readonly string[];
  /**
   * Most bytes of one file. Default 64 MiB of what is held in memory, which is all but sounds and films that are read from
   * their path by a program: those may have 512 MiB.
   */
  readonly maxFileBytes?: number;
}

/** Checks how files are to be brought into the form that a model takes; throws `invalid-request`. */
export function checkFitting(place: string, value: MediaFitting, more: object = {}): void {
  checkOptions(place, value, { image: 1, video: 1, pdf: 1, ...more });
  const { image, video, pdf } = value;
  if (image) {
    checkOptions(`${place}.image`, image, { maxEdge: 1 });
    count(`${place}.image.maxEdge`, image.maxEdge, 16_384);
  }
  if (video) {
    checkOptions(`${place}.video`, video, { frames: 1 });
    count(`${place}.video.frames`, video.frames, 256);
  }
  if (pdf) {
    checkOptions(`${place}.pdf`, pdf, { as: 1, maxPages: 1 });
    count(`${place}.pdf.maxPages`, pdf.maxPages, 10_000);
    if (!["auto", "text", "pictures", "both"].includes(pdf.as ?? "auto")) {
      throw wrong(`${place}.pdf.as`, "expected auto, text, pictures or both");
    }
  }
}

/** Checks the option `media` of a client; throws `invalid-request`. */
export function checkMedia(media: MediaOptions): void {
  checkFitting("media", media, { paths: 1, urls: 1, maxFileBytes: 1 });
  count("media.maxFileBytes", media.maxFileBytes, 4 * 1024 ** 3);
  for (const name of ["paths", "urls"] as const) {
    if (typeof media[name] === "object") checkStrings(`media.${name}`, media[name]);
    else if (typeof media[name] !== "boolean" && media[name] !== undefined) {
      throw wrong(`media.${name}`, `expected true or a list, got ${describe(media[name])}`);
    }
  }
  for (const url of typeof media.urls === "object" ? media.urls : []) {
    if (URL.canParse(url) && new URL(url).origin === url.replace(/\/$/, "")) continue;
    throw wrong("media.urls", "expected origins, such as https://files.example.com");
  }
}

function count(place: string, value: number | undefined, max: number): void {
  if (value !== undefined) checkNumber(place, value, { min: 1, max, integer: true });
}
