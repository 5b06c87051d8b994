import type { ChatInput } from "../../client/inputs.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import type { ToolChoice, ToolDefinition } from "../../core/tool.ts";
import {
  type BodyFields,
  flagField,
  knownFields,
  numberField,
  objectField,
  type RefusedFields,
} from "./body-fields.ts";
import { chatMessages } from "./chat-messages.ts";
import { wrongField } from "./gateway-error.ts";
import { samplingFields, samplingOf } from "./sampling-fields.ts";

/** The fields of a chat that are translated. */
export const chatFields = {
  ...samplingFields,
  messages: 1,
  max_completion_tokens: 1,
  logprobs: 1,
  top_logprobs: 1,
  response_format: 1,
  tools: 1,
  tool_choice: 1,
  parallel_tool_calls: 1,
  reasoning_effort: 1,
  chat_template_kwargs: 1,
  modalities: 1,
};

/** Fields of OpenAI's chats that nothing here could keep, and what to do. */
export const refusedChatFields: RefusedFields = {
  functions: "Use tools.",
  function_call: "Use tool_choice.",
  audio: "Models of one's own answer in text.",
  prediction: "Servers of one's own guess ahead by themselves, if at all.",
  web_search_options: "Give the model a tool that searches.",
  verbosity: "Say in the prompt how long the answer should be.",
};

/** What the client is asked, out of a chat's fields. */
export function chatInput(fields: BodyFields): ChatInput {
  const { max_completion_tokens: max, response_format: format, tools, tool_choice: choice } = fields;
  if (flagField(fields, "parallel_tool_calls") === false && tools !== undefined) {
    throw wrongField("parallel_tool_calls", "how many calls a model makes cannot be bounded", "Leave it out.");
  }
  const { modalities } = fields;
  if (modalities !== undefined && !(Array.isArray(modalities) && modalities.length === 1 && modalities[0] === "text")) {
    throw wrongField("modalities", 'expected ["text"]');
  }
  return {
    messages: chatMessages(fields["messages"]),
    ...samplingOf(fields),
    ...(max === undefined ? {} : { maxTokens: max as number }),
    ...logprobsOf(fields),
    ...(format === undefined ? {} : responseFormatOf(objectField("response_format", format))),
    ...(tools === undefined ? {} : { tools: toolsOf(tools) }),
    ...(choice === undefined ? {} : { toolChoice: toolChoiceOf(choice) }),
    ...reasoningOf(fields),
  };
}

function logprobsOf(fields: BodyFields): Pick<ChatInput, "logprobs"> {
  const wanted = flagField(fields, "logprobs") ?? false;
  const top = numberField(fields, "top_logprobs", { min: 0, max: 20, integer: true });
  if (top !== undefined && !wanted) throw wrongField("top_logprobs", "it goes with logprobs: true");
  return wanted ? { logprobs: top || true } : {};
}

function responseFormatOf(format: BodyFields): { readonly responseFormat?: ResponseFormat } {
  switch (format["type"]) {
    case "text":
      return {};
    case "json_object":
      return { responseFormat: { type: "json" } };
    case "json_schema": {
      const { schema, name } = objectField("response_format.json_schema", format["json_schema"]);
      return {
        responseFormat: {
          type: "json-schema",
          schema: objectField("response_format.json_schema.schema", schema),
          ...(typeof name === "string" ? { name } : {}),
        },
      };
    }
    default:
      throw wrongField("response_format.type", "expected text, json_object or json_schema");
  }
}

/** `strict` is left: the client holds a model to the schemas of tools wherever its server can. */
function toolsOf(value: unknown): readonly ToolDefinition[] {
  if (!Array.isArray(value)) throw wrongField("tools", "expected a list");
  return value.map((entry, index) => {
    const place = `tools[${index}]`;
    const tool = objectField(place, entry);
    if (tool["type"] !== "function") throw wrongField(`${place}.type`, "expected function");
    const { name, description, parameters } = objectField(`${place}.function`, tool["function"]);
    return {
      name: name as string, // the client checks it
      ...(description ? { description: description as string } : {}),
      ...(parameters ? { parameters: parameters as BodyFields } : {}),
    };
  });
}

function toolChoiceOf(value: unknown): ToolChoice {
  if (value === "auto" || value === "none" || value === "required") return value;
  if (typeof value === "string") throw wrongField("tool_choice", "expected auto, none, required or a function");
  const choice = objectField("tool_choice", value);
  if (choice["type"] !== "function") throw wrongField("tool_choice.type", "expected function");
  const { name } = objectField("tool_choice.function", choice["function"]);
  if (typeof name !== "string") throw wrongField("tool_choice.function.name", "expected text");
  return { name };
}

/** OpenAI's degrees, as far as there are such, and the switch that callers of vLLM know. */
function reasoningOf(fields: BodyFields): Pick<ChatInput, "reasoning"> {
  const { reasoning_effort: effort, chat_template_kwargs: template } = fields;
  if (template !== undefined) {
    const known = knownFields(objectField("chat_template_kwargs", template), { enable_thinking: 1 }, {});
    const thinking = flagField(known, "enable_thinking");
    if (effort === undefined && thinking !== undefined) return { reasoning: thinking };
  }
  if (effort === undefined) return {};
  if (effort === "none") return { reasoning: false };
  if (effort === "low" || effort === "medium" || effort === "high") return { reasoning: effort };
  throw wrongField("reasoning_effort", "expected none, low, medium or high");
}
