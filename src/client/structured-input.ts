import type { DeepPartial } from "../core/deep-partial.ts";
import type { SchemaInput } from "../core/schema.ts";
import type { StandardSchema } from "../core/standard-schema.ts";
import { wrong } from "./check.ts";
import type { ChatInput } from "./inputs.ts";

/** Options that an answer in a form of its own leaves no room for. */
type Excluded = "responseFormat" | "grammar" | "tools" | "toolChoice" | "toolStrategy" | "n";

/** What `stream()` takes for an answer that fits a schema. */
export interface StructuredInput<Given extends SchemaInput> extends Omit<ChatInput, Excluded> {
  /**
   * What the answer must fit: a schema of zod 4 or another library that follows Standard Schema and tells its JSON Schema,
   * or a JSON Schema. The server holds the model to it where it can, and the answer is always validated here.
   */
  readonly output: Given;
}

/** What `chat()` takes for an answer that fits a schema. */
export interface StructuredChatInput<Given extends SchemaInput> extends StructuredInput<Given> {
  /**
   * How often the model is asked again, with the errors, after an answer that does not fit. Default 0, at most 10. No
   * limit of time begins anew.
   */
  readonly maxOutputRetries?: number;
}

/** What is known of an answer while it comes, as the model writes it: before defaults and transformations. */
export type PartialOutput<Given> = Given extends StandardSchema
  ? DeepPartial<NonNullable<Given["~standard"]["types"]>["input"]>
  : unknown;

const excluded: Readonly<Record<Excluded, true>> = {
  responseFormat: true,
  grammar: true,
  tools: true,
  toolChoice: true,
  toolStrategy: true,
  n: true,
};

/** Whether an answer that fits a schema is asked for; throws `invalid-request` where another option excludes it. */
export function isStructured(input: unknown): input is StructuredChatInput<SchemaInput> {
  if (typeof input !== "object" || input === null || !("output" in input)) return false;
  for (const name of Object.keys(excluded)) {
    if (name in input) throw wrong(name, "it cannot be combined with output", "Leave one of the two out.");
  }
  return true;
}
