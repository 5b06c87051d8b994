import type { DeepPartial } from "../../core/deep-partial.ts";
import type { OutputForm, OutputInput } from "../../core/output-form.ts";
import type { ChatResult } from "../../core/result.ts";
import type { StandardSchema } from "../../core/standard-schema.ts";
import { wrong } from "../check.ts";
import type { ChatInput } from "../inputs.ts";
import type { OutputStrategy } from "./checked-output.ts";

/** Options that stand for tools. */
type ToolOptions = Pick<ChatInput, "tools" | "toolChoice" | "toolStrategy">;

/** Options that an answer in a form of its own leaves no room for; with tools they are another form of input. */
type Excluded = "responseFormat" | "grammar" | "n" | keyof ToolOptions;

/** What says which form an answer must have. */
interface FormOptions<Given extends OutputInput> {
  /**
   * What the answer must fit: a schema of zod 4 or another library that follows Standard Schema and tells its JSON Schema,
   * a JSON Schema, `json()`, `choice()`, `regex()` or `grammar()`. The server holds the model to it where it can, and the
   * answer is always validated here.
   */
  readonly output: Given;
  /**
   * `native`: the server holds the model to the form, or the call is refused. `tool`: the model must call a tool whose
   * parameters are the schema, and the arguments are the answer; `unsupported` where the server cannot force calls, and for
   * what is no object. `prompted`: the model is asked for the form in the system prompt, with a warning; an answer in a
   * Markdown fence is read too. Default: native, unless the capabilities say that the server cannot; then `tool` where they
   * say that it forces calls.
   */
  readonly outputStrategy?: OutputStrategy;
}

/** The same, where an answer may be asked for again: not in `stream()`, since what was shown cannot be taken back. */
export interface OutputOptions<Given extends OutputInput> extends FormOptions<Given> {
  /**
   * How often the model is asked again, with the errors, after an answer that does not fit. Default 0, at most 10. No
   * limit of time begins anew.
   */
  readonly maxOutputRetries?: number;
}

/** What `stream()` takes for an answer that fits a schema. */
export interface StructuredInput<Given extends OutputInput> extends Omit<ChatInput, Excluded>, FormOptions<Given> {}

/** What `chat()` takes for an answer that fits a schema. */
export interface StructuredChatInput<Given extends OutputInput>
  extends Omit<ChatInput, Excluded>, OutputOptions<Given> {}

/** Tools that the model may call before it answers in a form. */
interface ToolsBeforeOutput extends Omit<ToolOptions, "tools"> {
  readonly tools: NonNullable<ChatInput["tools"]>;
}

/** What `chat()` takes where the model may call tools, and else answers in a form. */
export interface ToolsOrOutputInput<Given extends OutputInput> extends StructuredChatInput<Given>, ToolsBeforeOutput {}

/** What `stream()` takes where the model may call tools, and else answers in a form. */
export interface StreamedToolsOrOutputInput<Given extends OutputInput>
  extends StructuredInput<Given>, ToolsBeforeOutput {}

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

const excluded: Readonly<Record<Exclude<Excluded, keyof ToolOptions>, true>> = {
  responseFormat: true,
  grammar: true,
  n: true,
};

/**
 * Whether an answer that fits a schema is asked for, with tools or without; throws `invalid-request` where another option
 * excludes it.
 */
export function isStructured(input: unknown): input is StructuredChatInput<OutputInput> {
  if (typeof input !== "object" || input === null || !("output" in input)) return false;
  const name = Object.keys(excluded).find((key) => key in input);
  if (name !== undefined) throw wrong(name, "it cannot be combined with output", "Leave one of the two out.");
  return true;
}

/** Whether the model may call tools before it answers in a form. */
export const hasTools = <Given extends OutputInput>(
  input: StructuredInput<Given>,
): input is StreamedToolsOrOutputInput<Given> =>
  "tools" in input && Array.isArray(input.tools) && input.tools.length > 0;

/** What is left for the call itself. */
export const withoutOutput = <Input extends Partial<OutputOptions<OutputInput>>>({
  output: _output,
  outputStrategy: _strategy,
  maxOutputRetries: _retries,
  ...input
}: Input): Omit<Input, keyof OutputOptions<OutputInput>> => input;
