import { describe, expect, test } from "vitest";

import { sniff } from "../../src/media/sniff.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("what a file is", () => {
  test.each([
    ["a PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image", "image/png"],
    ["a JPEG", "\xff\xd8\xff\xe1\0\x10Exif", "image", "image/jpeg"],
    ["a WebP", "RIFF\x10\0\0\0WEBPVP8 ", "image", "image/webp"],
    ["a wav", "RIFF\x10\0\0\0WAVEfmt ", "audio", "audio/wav"],
    ["an mp3 with a tag", "ID3\x04\0\0", "audio", "audio/mpeg"],
    ["an mp3 without one", "\xff\xfb\x90\x64\0\0", "audio", "audio/mpeg"],
    ["AAC in frames", "\xff\xf1\x50\x80\0\0", "audio", "audio/aac"],
    ["Opus", "OggS\0\x02OpusHead", "audio", "audio/ogg"],
    ["an m4a", "\0\0\0\x20ftypM4A \0\0", "audio", "audio/mp4"],
    ["an mp4", "\0\0\0\x20ftypisom\0\0", "video", "video/mp4"],
    ["a film of a telephone", "\0\0\0\x14ftypqt  \0\0", "video", "video/quicktime"],
    ["a picture of a telephone", "\0\0\0\x18ftypheic\0\0", "image", "image/heic"],
    ["WebM", "\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video", "video/webm"],
    ["a PDF after a line that a printer wants", "\x1b%-12345X@PJL\n%PDF-1.7\n", "document", "application/pdf"],
    ["text of Windows", "\xff\xfeG\0r\0", "document", "text/plain"],
    ["text with umlauts", Buffer.from("Grüße\n").toString("latin1"), "document", "text/plain"],
  ])("%s", (_, content, kind, mediaType) => {
    expect(sniff(bytes(content))).toEqual({ kind, mediaType });
  });

  test.each([
    ["nothing", ""],
    ["zeros", "\0".repeat(64)],
    ["half of a character in the middle", "a\xc3b"],
    ["a program", "\x7fELF\x02\x01\x01"],
  ])("%s is unknown", (_, content) => {
    expect(sniff(bytes(content))).toEqual({ kind: "unknown", mediaType: "application/octet-stream" });
  });

  test("text stays text where the look ends in the middle of a character", () => {
    expect(sniff(Buffer.from(`${"a".repeat(4_095)}é`)).kind).toBe("document");
  });
});
