import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

import { InhouseError } from "../../core/error.ts";
import { formatIssues } from "../../core/issue.ts";
import type { Schema } from "../../core/schema.ts";

/** A picture, a sound or a file in a result. Messages of tools are text: a model is told that it is there, not what it shows. */
export interface McpMedia {
  readonly type: "image" | "audio" | "file";
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Its bytes in base64, for your program: it is not enumerable, so that no model is told megabytes of letters. */
  readonly data: string;
}

/** A result that is more than text. A model is told its JSON. */
export interface McpOutput {
  readonly text?: string;
  /** What the tool returned as a value, checked against the schema that its server gave. */
  readonly structured?: unknown;
  readonly media?: readonly McpMedia[];
}

/** How a result is read. */
export interface OutputReading {
  /** The tool's name, for errors. */
  readonly name: string;
  readonly outputSchema?: Schema | undefined;
  readonly maxLength: number;
}

/** What a tool gives back: text as such, else what there is. Throws `tool` for what the server calls an error. */
export async function mcpOutput(result: CallToolResult, reading: OutputReading): Promise<string | McpOutput> {
  const { name, outputSchema, maxLength } = reading;
  const texts: string[] = [];
  const media: McpMedia[] = [];
  for (const part of result.content) {
    if (part.type === "text") texts.push(part.text);
    else if (part.type === "image" || part.type === "audio") media.push(mediaOf(part.type, part.mimeType, part.data));
    else if (part.type === "resource_link") texts.push(`${part.name}: ${part.uri}`);
    else if ("text" in part.resource) texts.push(`${part.resource.uri}:\n${part.resource.text}`);
    else media.push(mediaOf("file", part.resource.mimeType ?? "application/octet-stream", part.resource.blob));
  }
  const text = texts.join("\n");
  if (text.length > maxLength) throw tooLong(name, text.length, maxLength);
  if (result.isError)
    throw new InhouseError("tool", text === "" ? `${name} failed.` : text, { hint: "The tool said so." });
  const { structuredContent: structured } = result;
  const json = structured === undefined ? "" : JSON.stringify(structured);
  if (text.length + json.length > maxLength) throw tooLong(name, text.length + json.length, maxLength);
  if (outputSchema) {
    if (structured === undefined)
      throw new InhouseError("tool", `${name} gave no structured result, as it says it does.`);
    const { issues } = await outputSchema.validate(structured);
    if (issues)
      throw new InhouseError("tool", `The result of ${name} does not fit its own schema: ${formatIssues(issues)}.`);
  }
  if (structured === undefined && media.length === 0) return text;
  return {
    ...(text === "" || repeats(text, json) ? {} : { text }),
    ...(structured === undefined ? {} : { structured }),
    ...(media.length === 0 ? {} : { media }),
  };
}

function mediaOf(type: McpMedia["type"], mediaType: string, data: string): McpMedia {
  const sizeBytes = Buffer.byteLength(data, "base64");
  const seen = { type, mediaType, sizeBytes };
  return Object.defineProperty(seen, "data", { value: data, enumerable: false }) as McpMedia;
}

/** Servers give the value as text too, for clients that know no values. */
function repeats(text: string, json: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === json;
  } catch {
    return false; // it is text of its own
  }
}

const tooLong = (name: string, length: number, maxLength: number): InhouseError =>
  new InhouseError(
    "tool",
    `The result of ${name} has ${length} characters, and ${maxLength} are the limit. Ask for less.`,
    {
      hint: "Raise limits.resultLength if the model's window has the room.",
    },
  );
