import type { DeepPartial } from "../core/deep-partial.ts";
import type { OutputForm, OutputInput } from "../core/output-form.ts";
import type { ChatResult } from "../core/result.ts";
import type { StandardSchema } from "../core/standard-schema.ts";
import { wrong } from "./check.ts";
import type { OutputStrategy } from "./checked-output.ts";
import type { ChatInput } from "./inputs.ts";

/** Options that an answer in a form of its own leaves no room for. */
type Excluded = "responseFormat" | "grammar" | "tools" | "toolChoice" | "toolStrategy" | "n";

/** What `stream()` takes for an answer that fits a schema. */
export interface StructuredInput<Given extends OutputInput> extends Omit<ChatInput, Excluded> {
  /**
   * What the answer must fit: a schema of zod 4 or another library that follows Standard Schema and tells its JSON Schema,
   * a JSON Schema, `json()`, `choice()`, `regex()` or `grammar()`. The server holds the model to it where it can, and the
   * answer is always validated here.
   */
  readonly output: Given;
  /**
   * `native`: the server holds the model to the form, or the call is refused. `prompted`: the model is asked for it in the
   * system prompt, with a warning; an answer in a Markdown fence is read too. Default: native, unless the capabilities
   * say that the server cannot.
   */
  readonly outputStrategy?: OutputStrategy;
}

/** What `chat()` takes for an answer that fits a schema. */
export interface StructuredChatInput<Given extends OutputInput> extends StructuredInput<Given> {
  /**
   * How often the model is asked again, with the errors, after an answer that does not fit. Default 0, at most 10. No
   * limit of time begins anew.
   */
  readonly maxOutputRetries?: number;
}

/** What `chat()` takes where the model may call tools, and else answers in a form. */
export interface ToolsOrOutputInput<Given extends OutputInput>
  extends StructuredChatInput<Given>, Pick<ChatInput, "toolChoice" | "toolStrategy"> {
  readonly tools: NonNullable<ChatInput["tools"]>;
}

/** Calls of tools, or an answer in a form: then `output` is there. */
export interface ToolsOrOutput<Output> extends ChatResult {
  readonly output?: Output;
}

/** What is known of an answer while it comes, as the model writes it: before defaults and transformations. */
export type PartialOutput<Given> =
  Given extends OutputForm<infer Output>
    ? Output extends string
      ? string
      : Output
    : Given extends StandardSchema
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
export function isStructured(input: unknown, more?: "tools"): input is StructuredChatInput<OutputInput> {
  if (typeof input !== "object" || input === null || !("output" in input)) return false;
  for (const name of Object.keys(excluded)) {
    if (!(name in input) || (more && withTools.has(name))) continue;
    throw wrong(name, "it cannot be combined with output", "Leave one of the two out.");
  }
  return true;
}

/** What `chat()` takes beside an output, and `stream()` does not. */
const withTools = new Set(["tools", "toolChoice", "toolStrategy"]);

/** Whether the model may call tools before it answers in a form. */
export const hasTools = <Given extends OutputInput>(
  input: StructuredChatInput<Given>,
): input is ToolsOrOutputInput<Given> => "tools" in input && Array.isArray(input.tools) && input.tools.length > 0;
