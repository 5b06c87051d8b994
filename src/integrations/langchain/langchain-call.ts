import type { RunnableConfig } from "@langchain/core/runnables";

import type { ChatInput } from "../../client/inputs.ts";
import type { OutputStrategy } from "../../client/output/checked-output.ts";
import { json, formOf, type OutputInput } from "../../core/output-form.ts";
import type { Warning } from "../../core/result.ts";
import {
  callOptionKeys,
  modelOptionKeys,
  type ChatInhouseCallOptions,
  type InhouseModelOptions,
  type OpenAIResponseFormat,
} from "./chat-inhouse-options.ts";
import { wrongInput } from "./langchain-error.ts";
import { isOwnSchema, jsonSchemaOf, toolChoiceOf, toolsOf } from "./langchain-tools.ts";

/** What a model was made with, as far as it concerns its calls. */
export type ModelDefaults = InhouseModelOptions & { readonly stop?: readonly string[] };

/** The options of a call, as LangChain hands them on. */
export type CallOptionsGiven = Partial<Omit<ChatInhouseCallOptions, keyof Omit<RunnableConfig, "signal">>>;

/** What `chat()` and `stream()` are given, all but the messages. */
export interface ChatCallInput extends Omit<ChatInput, "messages"> {
  readonly output?: OutputInput;
  readonly outputStrategy?: OutputStrategy;
  readonly maxOutputRetries?: number;
}

/** A call as the client takes it, and what of it could not be said so. */
export interface ChatCall {
  readonly input: ChatCallInput;
  readonly warnings: Warning[];
}

/** Options of LangChain, LangGraph and other providers that come with a call and are not meant for a model of ours. */
const frameworkKeys = new Set(
  [
    "outputVersion promptIndex ls_structured_output_format strict timeout maxConcurrency tags callbacks metadata",
    "configurable recursionLimit runId runName toolCall", // the rest of the config, where it comes along
    "outputKeys streamMode store writer interrupt context interruptBefore interruptAfter checkpointDuring durability",
    "heartbeat executionInfo serverInfo control", // @langchain/langgraph 1.4
    "outputConfig responseSchema", // response_format in the words of others, which agents send beside it
  ].flatMap((line) => line.split(" ")),
);

/** A call's options over those of the model. Throws `invalid-request` and `unsupported`. */
export function chatCall(defaults: ModelDefaults, given: CallOptionsGiven): ChatCall {
  const options = defined(given);
  const warnings = unknownOptions(options);
  const merged: ModelDefaults = { ...defaults, ...ownOptions(options) };
  const headers = { ...defaults.headers, ...options.headers };
  const { contextPolicy, callTags, timeouts, outputStrategy, maxOutputRetries, responseFormat, ...own } = merged;
  const tools = toolsOf(options.tools ?? []);
  const toolChoice = toolChoiceOf(options.tool_choice);
  const isForced = toolChoice !== undefined && toolChoice !== "auto" && toolChoice !== "none";
  const output = outputOf(options.output) ?? outputOfOpenAI(options.response_format);
  const input: ChatCallInput = {
    ...own,
    ...(merged.headers === undefined ? {} : { headers }),
    ...(contextPolicy === undefined ? {} : { context: contextPolicy }),
    ...(callTags === undefined ? {} : { tags: callTags }),
    ...(timeouts === undefined ? {} : { timeout: timeouts }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolChoice !== undefined && (tools.length > 0 || isForced) ? { toolChoice } : {}),
    ...(responseFormat === undefined ? {} : { responseFormat }),
  };
  if (output === undefined) return { input, warnings };
  const asked = maxOutputRetries === undefined ? {} : { maxOutputRetries };
  return {
    input: { ...input, output, ...(outputStrategy === undefined ? {} : { outputStrategy }), ...asked },
    warnings,
  };
}

/** What is told of a call where runs are traced, and what a cache knows it by: no signal, no labels, no headers, no client. */
export function describedCall({ input }: ChatCall): Readonly<Record<string, unknown>> {
  const { signal: _signal, tags: _tags, headers: _headers, timeout: _timeout, priority: _priority, ...told } = input;
  const { output, toolChoice, ...rest } = told;
  return {
    ...rest,
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
    ...(output === undefined ? {} : { response_format: formOf(output) ?? jsonSchemaOf("output", output) }),
  };
}

function outputOf(output: unknown): OutputInput | undefined {
  if (output === undefined) return undefined;
  if (formOf(output) || isOwnSchema(output)) return output as OutputInput;
  return jsonSchemaOf("output", output);
}

function outputOfOpenAI(format: OpenAIResponseFormat | undefined): OutputInput | undefined {
  switch (format?.type) {
    case undefined:
    case "text":
      return undefined;
    case "json_object":
      return json();
    case "json_schema":
      return outputOf(format.json_schema.schema);
    default:
      throw wrongInput("response_format", "expected the type text, json_object or json_schema");
  }
}

/** An option in another spelling is a mistake; one that nobody here knows is told, and of no effect. */
function unknownOptions(options: Readonly<Record<string, unknown>>): Warning[] {
  const unknown = Object.keys(options).filter((key) => !Object.hasOwn(callOptionKeys, key));
  if (typeof options["context"] === "string") {
    throw wrongInput("context", "it belongs to LangGraph", 'Say contextPolicy: "trim".');
  }
  return unknown.flatMap((key): Warning[] => {
    const meant = Object.keys(callOptionKeys).find((known) => plain(known) === plain(key));
    if (meant !== undefined) throw wrongInput(key, "unknown option", `Did you mean "${meant}"?`);
    if (frameworkKeys.has(key) || key.startsWith("__")) return [];
    if (key === "parallel_tool_calls" && options[key] === true) return [];
    return [{ option: key, message: "This model does not know it: it was not used." }];
  });
}

const plain = (name: string): string => name.toLowerCase().replaceAll("_", "");

const defined = <Options extends object>(options: Options): Options & Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options &
    Readonly<Record<string, unknown>>;

const ownOptions = (options: object): ModelDefaults =>
  Object.fromEntries(
    Object.entries(options).filter(([key]) => key === "stop" || Object.hasOwn(modelOptionKeys, key)),
  ) as ModelDefaults;
