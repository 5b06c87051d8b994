import type { ChatInput } from "../../client/inputs.ts";
import type { OutputStrategy } from "../../client/output/checked-output.ts";
import type { JsonSchema } from "../../core/json-schema.ts";
import { json, type OutputInput } from "../../core/output-form.ts";
import type { Reasoning } from "../../core/request.ts";
import type { ToolDefinition } from "../../core/tool.ts";
import type { LanguageCallOptions, SpecPart, SpecWarning } from "./ai-sdk-spec.ts";
import { chatOptionKeys, type InhouseChatOptions } from "./inhouse-options.ts";
import { ownCall, type ModelOfClient } from "./model-call.ts";
import { messagesOf } from "./prompt-messages.ts";
import { standardSampling } from "./standard-sampling.ts";

/** What `chat()` and `stream()` are given, and what of the call could not be said in it. */
export interface ChatCall {
  readonly input: ChatInput & {
    readonly output?: OutputInput;
    readonly outputStrategy?: OutputStrategy;
    readonly maxOutputRetries?: number;
  };
  readonly warnings: SpecWarning[];
  /** The answer is JSON, unless it is calls of tools. */
  readonly isJson: boolean;
}

/** A call of the AI SDK as the client takes it. Throws `invalid-request` and `unsupported`. */
export function chatCall(of: ModelOfClient, options: LanguageCallOptions, stream: boolean): ChatCall {
  const { own, input, warnings } = ownCall<InhouseChatOptions>(of, options, chatOptionKeys);
  const { outputStrategy, maxOutputRetries, ...more } = own;
  warnings.push(...misplacedOptions(of.name, options));
  const isJson = options.responseFormat?.type === "json";
  const tools = toolsOf(options.tools, warnings);
  const toolChoice = tools.length > 0 ? toolChoiceOf(options.toolChoice) : undefined;
  const reasoning = own.reasoning ?? reasoningOf(options.reasoning, warnings);
  if (stream && isJson && maxOutputRetries !== undefined) {
    const details = "What was shown of an object cannot be taken back: a stream is not asked for another.";
    warnings.push({ type: "unsupported", feature: "maxOutputRetries", details });
  }
  return {
    isJson,
    warnings,
    input: {
      ...input,
      ...standardSampling(options),
      ...more,
      messages: messagesOf(options.prompt, warnings),
      ...(tools.length === 0 ? {} : { tools }),
      ...(toolChoice === undefined ? {} : { toolChoice }),
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(stream && options.includeRawChunks ? { includeRaw: true } : {}),
      ...(isJson ? { output: outputOf(options.responseFormat) } : {}),
      ...(isJson && outputStrategy !== undefined ? { outputStrategy } : {}),
      ...(isJson && !stream && maxOutputRetries !== undefined ? { maxOutputRetries } : {}),
    },
  };
}

/** Options under our name in the middle of a prompt, or of a tool: there they mean nothing. */
function misplacedOptions(name: string, { prompt, tools = [] }: LanguageCallOptions): SpecWarning[] {
  const parts = prompt.flatMap(({ content }) => (typeof content === "string" ? [] : content));
  if (
    ![...prompt, ...parts, ...tools].some(({ providerOptions }) =>
      Object.hasOwn(Object(providerOptions) as object, name),
    )
  )
    return [];
  const details = "Messages, their parts and tools have no options here: those of the call do it.";
  return [{ type: "unsupported", feature: `providerOptions.${name} within a prompt`, details }];
}

const outputOf = (format: LanguageCallOptions["responseFormat"]): OutputInput =>
  format?.schema === undefined ? json() : (format.schema as JsonSchema);

function toolsOf(tools: readonly SpecPart[] = [], warnings: SpecWarning[]): readonly ToolDefinition[] {
  return tools.flatMap((tool): ToolDefinition[] => {
    const { type, name, description, inputSchema, strict, inputExamples } = tool as SpecPart & Record<string, unknown>;
    const shown = String(name);
    if (type !== "function") {
      const details = "It is a tool of another provider, which would execute it: it was not offered.";
      warnings.push({ type: "unsupported", feature: `tool ${shown}`, details });
      return [];
    }
    if (strict === true) {
      const details = "Whether a server holds a model to the schema of a tool is not the call's to say.";
      warnings.push({ type: "unsupported", feature: `strict of tool ${shown}`, details });
    }
    if (Array.isArray(inputExamples) && inputExamples.length > 0) {
      const details = "Servers take none. The AI SDK's addToolInputExamplesMiddleware puts them into the description.";
      warnings.push({ type: "unsupported", feature: `inputExamples of tool ${shown}`, details });
    }
    return [
      {
        name: shown,
        ...(typeof description === "string" ? { description } : {}),
        ...(inputSchema === undefined ? {} : { parameters: inputSchema as JsonSchema }),
      },
    ];
  });
}

function toolChoiceOf(choice: LanguageCallOptions["toolChoice"]): ChatInput["toolChoice"] {
  switch (choice?.type) {
    case "none":
    case "required":
      return choice.type;
    case "tool":
      return { name: choice.toolName ?? "" };
    default:
      return undefined; // auto
  }
}

/** Our degrees are three, the AI SDK's six. */
function reasoningOf(effort: string | undefined, warnings: SpecWarning[]): Reasoning | undefined {
  switch (effort) {
    case undefined:
    case "provider-default":
      return undefined;
    case "none":
      return false;
    case "low":
    case "medium":
    case "high":
      return effort;
    default: {
      const nearest = effort === "minimal" ? "low" : "high";
      const details = `There are none, low, medium and high: "${nearest}" was asked for instead of "${effort}".`;
      warnings.push({ type: "compatibility", feature: "reasoning", details });
      return nearest;
    }
  }
}
