import { InhouseError } from "../../core/error.ts";
import type { AudioPart, ImagePart, Part, TextPart, VideoPart } from "../../core/message.ts";
import { base64Of, type Base64Value } from "../../http/base64-value.ts";
import type { Dialect } from "./openai-dialect.ts";

/** Writes a part that is no text in the protocol's form. Bytes are told to `files`. Throws `unsupported` for what the dialect lacks. */
export function encodeMedia(part: Exclude<Part, TextPart>, dialect: Dialect, files: Base64Value[]): unknown {
  switch (part.type) {
    case "image":
      return { type: "image_url", image_url: { url: dataOf(part, dataPrefix(part), files) } };
    case "audio":
      return { type: "input_audio", input_audio: { data: dataOf(part, "", files), format: formatOf(part.mediaType) } };
    case "video":
      return encodeVideo(part, dialect, files);
    case "file":
      throw new InhouseError("unsupported", "A file was not read before it reached the provider.", {
        hint: "Send it with a client: createClient() reads files and fits them to the server.",
      });
  }
}

function encodeVideo(part: VideoPart, { video }: Dialect, files: Base64Value[]): unknown {
  if (video === "video_url") return { type: "video_url", video_url: { url: dataOf(part, dataPrefix(part), files) } };
  if (video === "input_video") return { type: "input_video", input_video: { data: dataOf(part, "", files) } };
  throw new InhouseError("unsupported", "The server takes no films.", {
    hint: "Send a film as a file: the client makes pictures of it.",
  });
}

type Sent = ImagePart | AudioPart | VideoPart;

const dataPrefix = ({ mediaType }: Sent): string => `data:${mediaType};base64,`;

/** The base64 of a part: as it was given, or to be made of its bytes while they are sent. */
export function dataOf({ data }: Sent, prefix: string, files: Base64Value[]): string | Base64Value {
  if (typeof data === "string") return prefix + data;
  const value = base64Of(prefix, data);
  files.push(value);
  return value;
}

/** OpenAI's word for a form of sound. */
function formatOf(mediaType: string): string {
  const name = mediaType.replace(/^audio\/(x-)?/, "");
  return name === "mpeg" ? "mp3" : name === "wave" ? "wav" : name;
}
