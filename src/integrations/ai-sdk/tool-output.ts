import type { MediaPartInput } from "../../client/inputs.ts";
import { unsupportedFeature } from "./ai-sdk-error.ts";
import { filePart } from "./prompt-file.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a tool gave, as a model is told it: text, and files that no message of a tool can hold. */
export interface ToldOutput {
  readonly text: string;
  readonly files: readonly MediaPartInput[];
}

/** The output of a tool in either version of the specification. Throws `unsupported` for what nothing here can hold. */
export function toldOutput(place: string, { type, value, reason }: Fields): ToldOutput {
  switch (type) {
    case "text":
    case "error-text":
      return { text: String(value), files: [] };
    case "json":
    case "error-json":
      return { text: JSON.stringify(value) ?? "null", files: [] };
    case "execution-denied":
      return { text: typeof reason === "string" && reason !== "" ? reason : "Execution was denied.", files: [] };
    case "content":
      return toldContent(place, Array.isArray(value) ? (value as readonly Fields[]) : []);
    default:
      throw unsupportedFeature(
        `${place}: outputs of type "${String(type)}" cannot be sent.`,
        "Give text, JSON or content.",
      );
  }
}

function toldContent(place: string, parts: readonly Fields[]): ToldOutput {
  const texts: string[] = [];
  const files: MediaPartInput[] = [];
  for (const [index, part] of parts.entries()) {
    if (part["type"] === "text") texts.push(String(part["text"]));
    else {
      const file = fileOf(`${place}[${index}]`, part);
      files.push(file);
      texts.push(`(File ${files.length} of this result, ${file.name ?? file.mediaType ?? file.type}, follows.)`);
    }
  }
  return { text: texts.join("\n"), files };
}

/** A file of a result: `file` in `v4`, in `v3` one of several by what it is and how it is given. */
function fileOf(place: string, part: Fields): MediaPartInput {
  const { type, data, url } = part;
  const filename = typeof part["filename"] === "string" ? part["filename"] : undefined;
  const given = typeof part["mediaType"] === "string" ? part["mediaType"] : undefined;
  switch (type) {
    case "file":
    case "file-data":
      return filePart(place, { mediaType: given, filename, data });
    case "image-data":
      return filePart(place, { mediaType: given ?? "image", filename, data });
    case "file-url":
    case "image-url":
      return filePart(place, {
        mediaType: given ?? (type === "image-url" ? "image" : undefined),
        filename,
        data: URL.canParse(String(url)) ? new URL(String(url)) : undefined,
      });
    default:
      throw unsupportedFeature(
        `${place}: content of type "${String(type)}" cannot be sent.`,
        "Give text, bytes or a URL.",
      );
  }
}
