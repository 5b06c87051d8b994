import type { OpenAIMessage } from "../../client/inputs.ts";
import { type BodyFields, objectField } from "./body-fields.ts";
import { wrongField } from "./gateway-error.ts";

/** What OpenAI's own packages put into a message that they hand back, and no model is told. */
const echoed = ["parsed", "annotations", "refusal", "audio"];

/**
 * Messages as the client takes them. Files come with them, as `data:` URLs or base64, and in no other way: the client's own
 * forms of a part can name a path or a URL, which are for the program that the gateway stands in and not for its callers.
 */
export function chatMessages(value: unknown): readonly OpenAIMessage[] {
  if (!Array.isArray(value)) throw wrongField("messages", "expected a list");
  return value.map((message, index) => {
    const place = `messages[${index}]`;
    const fields: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(objectField(place, message))) {
      if (field === null || echoed.includes(name)) continue;
      fields[name] = name === "content" && Array.isArray(field) ? parts(`${place}.content`, field) : field;
    }
    return fields as unknown as OpenAIMessage; // the client checks what is left
  });
}

const parts = (place: string, list: readonly unknown[]): readonly BodyFields[] =>
  list.map((part, index) => checkedPart(`${place}[${index}]`, objectField(`${place}[${index}]`, part)));

function checkedPart(place: string, part: BodyFields): BodyFields {
  switch (part["type"]) {
    case "text":
    case "input_audio":
      return part;
    case "image_url": {
      const url = objectField(`${place}.image_url`, part["image_url"])["url"];
      if (typeof url === "string" && /^data:/i.test(url)) return part;
      throw wrongField(`${place}.image_url.url`, "pictures are sent as data: URLs", "Nothing is fetched for a caller.");
    }
    case "file":
      if (typeof objectField(`${place}.file`, part["file"])["file_data"] === "string") return part;
      throw wrongField(`${place}.file`, "files are sent as file_data", "No files are kept here that an id could name.");
    default:
      throw wrongField(`${place}.type`, "expected text, image_url, input_audio or file");
  }
}
