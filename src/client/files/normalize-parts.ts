import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { MediaKind } from "../../core/media-file.ts";
import type { FilePart, Message, Part } from "../../core/message.ts";
import type { ModelRequest } from "../../core/request.ts";
import { checkObject, checkString, wrong } from "../check.ts";
import { partOfDataUrl } from "./data-url.ts";
import { bytesOf, sourceOf } from "./source-of.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The request with each part of its messages in the core's form: texts, pictures in base64, and files. Throws `invalid-request`. */
export function normalizeParts(request: ModelRequest): ModelRequest {
  if (!("messages" in request) || !request.messages) return request;
  const messages = request.messages.map((message, index): Message => {
    if (message.role !== "user" || typeof message.content === "string") return message;
    const place = `messages[${index}].content`;
    return { ...message, content: message.content.map((part, at) => normalizePart(`${place}[${at}]`, part)) };
  });
  return Object.freeze({ ...request, messages });
}

/** A part in the core's form; `place` names it in errors. Throws `invalid-request`. */
export function normalizePart(place: string, part: Part): Part {
  const fields: Fields = { ...part };
  switch (fields["type"]) {
    case "text":
      return part;
    case "image":
    case "audio":
    case "video":
      return fileOf(place, part, fields, fields["type"]);
    case "file":
      return "file" in fields ? openaiFile(place, fields["file"]) : fileOf(place, part, fields, undefined);
    case "image_url": {
      const image = fields["image_url"];
      const url = typeof image === "string" ? image : checkObject(`${place}.image_url`, image)["url"];
      return imageOf(place, checkString(`${place}.image_url.url`, url));
    }
    case "input_audio": {
      const { data } = checkObject(`${place}.input_audio`, fields["input_audio"]);
      return {
        type: "file",
        kind: "audio",
        source: bytesOf(place, checkString(`${place}.input_audio.data`, data)),
      };
    }
    default:
      throw new InhouseError("unsupported", `${place}: parts of type "${String(fields["type"])}" cannot be sent.`, {
        hint: 'Text and files can: { type: "text", text } and { type: "file", data }, or image, audio and video in its place.',
      });
  }
}

const fileKeys = { type: 1, data: 1, path: 1, url: 1, mediaType: 1, name: 1, source: 1, kind: 1 };

/** A file in our own form; a picture in base64 stays the part that it is. */
function fileOf(place: string, given: Part, fields: Fields, kind: MediaKind | undefined): Part {
  checkOptions(place, fields, fileKeys);
  const { data, path, url, mediaType, name, source } = fields;
  if ([data, path, url, source].filter((value) => value !== undefined).length !== 1) {
    throw wrong(place, "expected exactly one of data, path and url");
  }
  if (mediaType !== undefined) checkString(`${place}.mediaType`, mediaType);
  if (source !== undefined) return given.type === "file" ? given : { type: "file", source: sourceOf(place, source) };
  if (kind === "image" && typeof data === "string" && mediaType !== undefined && !data.startsWith("data:"))
    return given;
  const file: FilePart = { type: "file", source: sourceOf(place, data ?? (path === undefined ? { url } : { path })) };
  return {
    ...file,
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name: checkString(`${place}.name`, name) }),
  };
}

function openaiFile(place: string, value: unknown): FilePart {
  const { file_data: data, file_id: id, filename } = checkObject(`${place}.file`, value);
  if (data === undefined && id !== undefined) {
    throw new InhouseError("unsupported", `${place}: no file is known by an id.`, {
      hint: "Pass its bytes as file_data.",
    });
  }
  const source = bytesOf(place, checkString(`${place}.file.file_data`, data));
  return {
    type: "file",
    source,
    ...(filename === undefined ? {} : { name: checkString(`${place}.file.filename`, filename) }),
  };
}

/** A picture given as a URL: its bytes where it is a `data:` URL; another one is a file that may have to be fetched. */
function imageOf(place: string, url: string): Part {
  const picture = partOfDataUrl(url);
  if (picture) return picture;
  if (url.startsWith("data:")) throw wrong(place, "expected data:image/…;base64,… with the picture's bytes");
  return { type: "file", kind: "image", source: { url } };
}
