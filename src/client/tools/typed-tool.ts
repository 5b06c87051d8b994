import { checkOptions, describe } from "../../core/check-options.ts";
import type { JsonSchema } from "../../core/json-schema.ts";
import { schemaOf, type InferSchema, type Schema, type SchemaInput } from "../../core/schema.ts";
import type { StandardSchema } from "../../core/standard-schema.ts";
import type { ToolDefinition } from "../../core/tool.ts";
import { checkNumber, checkString, wrong } from "../check.ts";
import { checkToolName } from "./normalize-tools.ts";

/** What a tool knows of the call that it serves. */
export interface ToolContext {
  /** Ends with the run, with the client, and at the tool's time limit: hand it on to whatever the tool waits for. */
  readonly signal: AbortSignal;
  /** The id that the call's result goes by. */
  readonly toolCallId: string;
}

/** The arguments that fit a tool's parameters; a plain JSON Schema tells no more than that they are an object. */
export type ToolArguments<Given extends SchemaInput> = Given extends StandardSchema
  ? InferSchema<Given>
  : Readonly<Record<string, unknown>>;

/** What `tool()` takes. */
export interface ToolOptions<Name extends string, Given extends SchemaInput> {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: Name;
  /** What the tool does and when to use it: all that the model knows about it, beside its parameters. */
  readonly description?: string;
  /** Schema of the arguments, which are an object: of zod 4, any Standard Schema, or plain JSON Schema. Default: any object. */
  readonly parameters?: Given;
  /**
   * Does the work, for `runTools()`. What it returns is told the model: text as it is, anything else as JSON. Without it,
   * a call ends the run and is left to the caller.
   */
  execute?(args: ToolArguments<Given>, context: ToolContext): unknown;
  /** How long `execute` may take, in milliseconds. Default: as long as it likes. */
  readonly timeoutMs?: number;
  /** Whether, or for which arguments, a person is asked first: the `approve` of `runTools()`. Default false. */
  readonly needsApproval?: boolean | ((args: ToolArguments<Given>) => boolean | Promise<boolean>);
}

/** A tool with its schema, made by `tool()`; wherever a plain definition goes, it goes too. */
export interface Tool<Name extends string = string, Args = unknown> extends ToolDefinition {
  readonly name: Name;
  /** What arguments are checked against. */
  readonly schema: Schema<Args>;
  execute?(args: Args, context: ToolContext): unknown;
  readonly timeoutMs?: number;
  needsApproval?(args: Args): boolean | Promise<boolean>;
}

const optionNames: Record<keyof ToolOptions<string, SchemaInput>, true> = {
  name: true,
  description: true,
  parameters: true,
  execute: true,
  timeoutMs: true,
  needsApproval: true,
};

/**
 * A tool that a model may call, its arguments typed by its schema. Throws `invalid-request` for a wrong option, and with
 * the path for a schema that JSON Schema cannot say.
 */
export function tool<const Name extends string, Given extends SchemaInput = JsonSchema>(
  options: ToolOptions<Name, Given>,
): Tool<Name, ToolArguments<Given>> {
  checkOptions("tool", options, optionNames);
  const { name, description, parameters, execute, timeoutMs, needsApproval } = options;
  checkToolName("tool: name", name);
  const schema = schemaOf<SchemaInput>(`${name}.parameters`, parameters ?? { type: "object" });
  const { type = "object" } = schema.jsonSchema;
  if (type !== "object") throw wrong(`${name}.parameters`, "the arguments of a tool are an object");
  if (execute !== undefined && typeof execute !== "function") {
    throw wrong(`${name}.execute`, `expected a function, got ${describe(execute)}`);
  }
  return Object.freeze({
    name,
    schema: schema as Schema<ToolArguments<Given>>,
    ...(description === undefined ? {} : { description: checkString(`${name}.description`, description) }),
    ...(parameters === undefined ? {} : { parameters: schema.jsonSchema }),
    ...(execute === undefined ? {} : { execute }),
    ...(timeoutMs === undefined ? {} : { timeoutMs: checkNumber(`${name}.timeoutMs`, timeoutMs, limits) }),
    ...(needsApproval ? { needsApproval: needsApproval === true ? () => true : needsApproval } : {}),
  });
}

/** Node's timers take no more. */
const limits = { min: 1, max: 2 ** 31 - 1 };
