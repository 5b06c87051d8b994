import type { MediaPartInput } from "../../client/inputs.ts";
import type { TextPart } from "../../core/message.ts";
import { unsupportedInput, wrongInput } from "./langchain-error.ts";

/** A block of a message's content, in whichever form. */
export type Block = Readonly<Record<string, unknown>>;

/** The content of a message as blocks; texts among them are blocks of text. */
export function blocksOf(content: unknown): readonly Block[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (!Array.isArray(content)) return [];
  return content.map((block: unknown) =>
    typeof block === "string" ? { type: "text", text: block } : (block as Block),
  );
}

const fileTypes = new Set(["image", "audio", "video", "file", "document"]);

/**
 * A block that stands in a message of the user: text, or a file in LangChain's standard form (its first, with
 * `source_type`, and its present one), in OpenAI's or in Anthropic's. Throws `unsupported` for other types, and for files
 * that are known by an id alone.
 */
export function partOf(place: string, block: Block): TextPart | MediaPartInput {
  const { type, text, data } = block;
  switch (type) {
    case "text":
      return { type: "text", text: String(text) };
    case "text-plain":
      if (typeof text !== "string") return fileOf(place, "file", block);
      return { type: "file", data: new TextEncoder().encode(text), ...about({ mediaType: "text/plain" }, block) };
    case "image_url": {
      const url = typeof block["image_url"] === "string" ? block["image_url"] : fieldsOf(block["image_url"])["url"];
      return fileOf(place, "image", { url });
    }
    case "input_audio": {
      const audio = fieldsOf(block["input_audio"]);
      const format = audio["format"];
      const mime = typeof format === "string" ? { mimeType: `audio/${format === "mp3" ? "mpeg" : format}` } : {};
      return fileOf(place, "audio", { data: audio["data"], ...mime });
    }
    default:
  }
  if (typeof type !== "string" || !fileTypes.has(type)) {
    const hint = "Pass text, image, audio, video and file blocks, in LangChain's standard form or OpenAI's.";
    throw unsupportedInput(place, `content of type "${String(type)}" cannot be sent`, hint);
  }
  const kind = type === "document" ? "file" : (type as MediaPartInput["type"]);
  if (kind === "file" && data === undefined && block["file"] !== undefined) {
    const { file_data, file_id, filename } = fieldsOf(block["file"]);
    return fileOf(place, kind, { data: file_data, fileId: file_id, metadata: { filename } });
  }
  if (block["source"] !== undefined) {
    const { type: sourceType, media_type, ...source } = fieldsOf(block["source"]);
    return fileOf(place, kind, { ...source, source_type: sourceType, mimeType: media_type });
  }
  if (block["source_type"] === "text" && typeof text === "string") {
    return { type: "file", data: new TextEncoder().encode(text), ...about({ mediaType: "text/plain" }, block) };
  }
  return fileOf(place, kind, block);
}

/** A file by its bytes or its URL, which is the client's to fetch or to refuse. */
function fileOf(place: string, type: MediaPartInput["type"], block: Block): MediaPartInput {
  const { data, url } = block;
  if (typeof data === "string" || data instanceof Uint8Array) return { type, data, ...about({}, block) };
  if (typeof url === "string") {
    // Conversations come from browsers, too: a URL of this machine's own files is none of theirs.
    if (/^data:/i.test(url)) return { type, data: url, ...about({}, block) };
    if (/^https?:/i.test(url)) return { type, url, ...about({}, block) };
    throw unsupportedInput(place, "only http, https and data URLs can be read", "Pass the file's bytes.");
  }
  if ([block["fileId"], block["id"]].some((id) => typeof id === "string")) {
    throw unsupportedInput(place, "no server here knows a file by an id", "Pass its bytes, or its URL.");
  }
  throw wrongInput(place, `expected ${type} with its bytes, base64 or URL`);
}

/** What the sender takes it for, and its name. */
function about(known: { readonly mediaType?: string }, block: Block): Pick<MediaPartInput, "mediaType" | "name"> {
  const mediaType = known.mediaType ?? block["mimeType"] ?? block["mime_type"];
  const { filename, name = filename, title = name } = fieldsOf(block["metadata"]);
  return {
    ...(typeof mediaType === "string" && /^[a-z]+\/[^*]/i.test(mediaType) ? { mediaType } : {}),
    ...(typeof title === "string" ? { name: title } : {}),
  };
}

/** The fields of a value that should be an object. */
export const fieldsOf = (value: unknown): Block =>
  typeof value === "object" && value !== null ? (value as Block) : {};
