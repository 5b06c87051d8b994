import type { EndSignal } from "../../../core/call-end.ts";
import { isInhouseError } from "../../../core/error.ts";
import type { HttpResponse } from "../../../core/transport.ts";
import type { ExpectedDigest, ListedFile, FileBytes } from "./listed-file.ts";
import { askMirror, type Mirror } from "./mirror.ts";
import { badMirror, headerOf } from "./refused-reply.ts";

/** A file behind an address, of which size and digest are known. */
export function mirrorFile(
  mirror: Mirror,
  url: URL,
  file: { readonly path: string; readonly sizeBytes: number; readonly digest: ExpectedDigest },
): ListedFile {
  return {
    ...file,
    async open(from, tag, signal) {
      try {
        return await opened(mirror, url, file.sizeBytes, from, tag, signal);
      } catch (error) {
        // What is there is longer than what the mirror has by now.
        if (from === 0 || !isInhouseError(error) || error.status !== 416) throw error;
        return await opened(mirror, url, file.sizeBytes, 0, undefined, signal);
      }
    },
  };
}

async function opened(
  mirror: Mirror,
  url: URL,
  sizeBytes: number,
  from: number,
  tag: string | undefined,
  signal: EndSignal,
): Promise<FileBytes> {
  const isStrong = tag !== undefined && !tag.startsWith("W/");
  const headers = from === 0 ? {} : { range: `bytes=${from}-`, ...(isStrong ? { "if-range": tag } : {}) };
  const response = await askMirror(mirror, { url, signal, headers });
  const start = response.status === 206 ? startOf(response, url, sizeBytes, from) : 0;
  const length = headerOf(response, "content-length");
  if (length !== undefined && Number(length) !== sizeBytes - start) {
    response.destroy();
    throw badMirror(
      `${url.origin}${url.pathname} announces ${Number(length)} bytes in place of ${sizeBytes - start}.`,
      "The mirror sends another file than the one that it lists.",
    );
  }
  return {
    from: start,
    tag: headerOf(response, "etag"),
    bytes: response.body,
    close: () => response.release(),
  };
}

function startOf(response: HttpResponse, url: URL, sizeBytes: number, asked: number): number {
  const header = headerOf(response, "content-range") ?? "";
  const [, start, total = ""] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header) ?? [];
  if (Number(start) === asked && (total === "*" || Number(total) === sizeBytes)) return asked;
  response.destroy();
  throw badMirror(
    `${url.origin}${url.pathname} was answered with another range than the one that was asked for.`,
    "The mirror, or a cache before it, handles ranges wrongly.",
  );
}
