import type { Capabilities, CapabilityName } from "../../core/capability.ts";
import { InhouseError } from "../../core/error.ts";
import type { Batch } from "../../core/event.ts";
import type { Provider } from "../../core/provider.ts";
import type { ChatRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import type { ToolDefinition, ToolStrategy } from "../../core/tool.ts";
import { refusal } from "../refusal.ts";
import { withSystemPrompt } from "../system-prompt.ts";
import { withWarnings } from "../with-warnings.ts";
import { callsSchema } from "./calls-schema.ts";
import { withForcedCall } from "./forced-call.ts";
import { schemaCalls } from "./schema-calls.ts";
import { textToolCalls } from "./text-tool-calls.ts";
import { exchangesAsText, forcedTools, promptedTools } from "./tool-prompt.ts";

/** What a request with tools becomes for a model, and how the reply is read. */
export interface ToolPlan {
  readonly request: ChatRequest;
  read(reply: AsyncIterable<Batch>): AsyncIterable<Batch>;
}

/**
 * Brings tools to a model in the way that holds there, which this table says; `toolStrategy` overrides it.
 *
 * | choice          | the server forces calls | its template shows tools | neither                  |
 * | --------------- | ----------------------- | ------------------------ | ------------------------ |
 * | auto            | native                  | native                   | prompted, with a warning |
 * | required, named | native                  | schema                   | schema                   |
 * | none            | no tools are sent       | no tools are sent        | no tools are sent        |
 *
 * Where no schema is enforced, a call is asked for and the reply is checked. Throws `unsupported` for what the caller
 * wants and the server cannot do.
 */
export function planTools(request: ChatRequest, capabilities: Capabilities, provider: Provider): ToolPlan {
  const { tools = [], toolChoice = "auto", toolStrategy: _given, ...rest } = request;
  const shown = capabilities.tools.supported !== "no";
  const messages = shown ? request.messages : exchangesAsText(request.messages);
  if (tools.length === 0 || toolChoice === "none") {
    return { request: withoutTools({ ...rest, messages }), read: (reply) => reply };
  }
  const offered = typeof toolChoice === "object" ? tools.filter(({ name }) => name === toolChoice.name) : tools;
  const forced = toolChoice !== "auto";
  const strategy = strategyOf(request, forced, capabilities, provider);
  if (strategy !== "native") refuseForms(request, strategy, provider);
  const names = offered.map(({ name }) => name);
  const guarded = (reply: AsyncIterable<Batch>): AsyncIterable<Batch> =>
    forced ? withForcedCall(reply, names, provider) : reply;
  switch (strategy) {
    case "native":
      return {
        request: { ...rest, tools, ...(request.toolChoice === undefined ? {} : { toolChoice }) },
        read: (reply) =>
          guarded(
            textToolCalls(
              reply,
              tools.map(({ name }) => name),
              false,
            ),
          ),
      };
    case "schema":
      return {
        request: schemaRequest({ ...rest, messages }, offered, typeof toolChoice === "object"),
        read: (reply) => guarded(schemaCalls(reply, names, provider)),
      };
    case "prompted": {
      const prompted = withSystemPrompt(messages, promptedTools(offered, forced));
      const warnings = shown ? [] : [dropped(capabilities)];
      return {
        request: withoutTools({ ...rest, messages: prompted }),
        read: (reply) => withWarnings(guarded(textToolCalls(reply, names, true)), warnings),
      };
    }
  }
}

function strategyOf(
  request: ChatRequest,
  forced: boolean,
  capabilities: Capabilities,
  provider: Provider,
): ToolStrategy {
  const can = (name: CapabilityName): boolean => capabilities[name].supported !== "no";
  const needed = (name: CapabilityName): void => {
    if (!can(name)) throw refusal(provider, request, name, capabilities[name]);
  };
  switch (request.toolStrategy) {
    case "native":
      needed("tools");
      return "native";
    case "schema":
      if (!forced) return "prompted";
      needed("structuredOutput");
      return "schema";
    case "prompted":
      return "prompted";
    default:
      if (!forced) return can("tools") ? "native" : "prompted";
      if (can("tools") && can("forcedTools")) return "native";
      if (can("structuredOutput")) return "schema";
      return can("tools") ? "native" : "prompted";
  }
}

/** A form of the answer would stand in the way of calls that are part of its text. */
function refuseForms({ responseFormat, sampling }: ChatRequest, strategy: ToolStrategy, { name }: Provider): void {
  if (!responseFormat && sampling.grammar === undefined) return;
  const why = strategy === "schema" ? "the call is forced by a schema" : "the calls are part of the text";
  throw new InhouseError("unsupported", `tools: ${why} on this model, which excludes another form of the answer.`, {
    provider: name,
    hint: "Ask for the calls first, and for the form in a call of its own.",
  });
}

const withoutTools = ({ tools: _tools, toolChoice: _choice, ...request }: ChatRequest): ChatRequest => request;

function schemaRequest(request: ChatRequest, offered: readonly ToolDefinition[], one: boolean): ChatRequest {
  return {
    ...withoutTools(request),
    messages: withSystemPrompt(request.messages, forcedTools(offered)),
    responseFormat: { type: "json-schema", name: "calls", schema: callsSchema(offered, one ? 1 : undefined) },
  };
}

function dropped({ tools: { evidence, hint = "" } }: Capabilities): Warning {
  const message = `The server would not show the model its tools (${evidence}), so the prompt describes them. ${hint}`;
  return { option: "tools", message: message.trim() };
}
