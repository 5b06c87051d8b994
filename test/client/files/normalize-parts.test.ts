import { describe, expect, test } from "vitest";

import { normalizeParts } from "../../../src/client/files/normalize-parts.ts";
import type { Part } from "../../../src/core/message.ts";
import { chatRequest } from "../../support/canned.ts";
import { thrownBy } from "../../support/loopback.ts";

/** What a part of a user's message becomes. */
function normalized(part: unknown): Part | undefined {
  const request = normalizeParts(chatRequest({ messages: [{ role: "user", content: [part as Part] }] }));
  const content = request.kind === "chat" ? request.messages[0]?.content : undefined;
  return typeof content === "object" ? content[0] : undefined;
}

const png = "iVBORw0KGgo=";
const bytes = Uint8Array.of(1, 2, 3);

describe("accepted", () => {
  test("a picture in base64 stays the part that it is", () => {
    const part = { type: "image", mediaType: "image/png", data: png };
    expect(normalized(part)).toBe(part);
  });

  const blob = new Blob(["a"]);
  const stream = new ReadableStream<Uint8Array>();
  test.each<[string, object, object]>([
    ["bytes", { type: "image", data: bytes }, { type: "file", kind: "image", source: bytes }],
    ["a buffer", { type: "audio", data: bytes.buffer }, { type: "file", kind: "audio", source: bytes.buffer }],
    [
      "a Blob",
      { type: "video", data: blob, name: "a.mp4" },
      { type: "file", kind: "video", source: blob, name: "a.mp4" },
    ],
    ["a stream", { type: "file", data: stream }, { type: "file", source: stream }],
    ["base64", { type: "file", data: "AQID" }, { type: "file", source: Buffer.from(bytes) }],
    ["a data: URL", { type: "file", data: "data:a/b;base64,AQID" }, { type: "file", source: Buffer.from(bytes) }],
    ["one as url", { type: "file", url: "data:a/b;base64,AQID" }, { type: "file", source: Buffer.from(bytes) }],
    ["a path", { type: "file", path: "/a" }, { type: "file", source: { path: "/a" } }],
    ["a URL", { type: "image", url: "http://a/b" }, { type: "file", kind: "image", source: { url: "http://a/b" } }],
    ["the core's own form", { type: "file", source: { path: "/a" } }, { type: "file", source: { path: "/a" } }],
    [
      "OpenAI's picture",
      { type: "image_url", image_url: { url: `data:image/png;base64,${png}`, detail: "low" } },
      { type: "image", mediaType: "image/png", data: png },
    ],
    [
      "OpenAI's picture elsewhere",
      { type: "image_url", image_url: { url: "https://a/b" } },
      { type: "file", kind: "image", source: { url: "https://a/b" } },
    ],
    [
      "OpenAI's sound",
      { type: "input_audio", input_audio: { data: "AQID", format: "wav" } },
      { type: "file", kind: "audio", source: Buffer.from(bytes) },
    ],
    [
      "OpenAI's file",
      { type: "file", file: { file_data: "data:application/pdf;base64,AQID", filename: "a.pdf" } },
      { type: "file", source: Buffer.from(bytes), name: "a.pdf" },
    ],
  ])("%s", (_, part, expected) => {
    expect(normalized(part)).toEqual(expected);
  });
});

describe("refused, with the place", () => {
  test.each<[string, object, string]>([
    ["nothing", { type: "image" }, "expected exactly one of data, path and url"],
    ["two sources", { type: "file", data: bytes, path: "/a" }, "expected exactly one of data, path and url"],
    ["an unknown key", { type: "file", data: bytes, cache: true }, 'unknown option "cache"'],
    [
      "a number",
      { type: "file", data: 7 },
      "expected base64, bytes, a Blob, a stream, { path } or { url }, got a number",
    ],
    ["no base64", { type: "audio", data: "not base64!" }, "expected base64"],
    ["an empty text", { type: "audio", data: "" }, "expected base64"],
    ["a path that is no text", { type: "file", path: 7 }, "content[0].path: expected text"],
    [
      "a data: URL that is no picture",
      { type: "image_url", image_url: { url: "data:text/plain,x" } },
      "expected data:image/",
    ],
    ["a sound without data", { type: "input_audio", input_audio: {} }, "input_audio.data: expected text"],
  ])("%s", (_, part, words) => {
    const error = thrownBy(() => normalized(part));
    expect(error.code).toBe("invalid-request");
    expect(error.message).toContain("messages[0].content[0]");
    expect(error.message).toContain(words);
  });

  test.each([
    { type: "video_url", video_url: { url: "http://a" } },
    { type: "file", file: { file_id: "file-1" } },
  ])("what nobody here can read: %j", (part) => {
    expect(thrownBy(() => normalized(part)).code).toBe("unsupported");
  });
});
