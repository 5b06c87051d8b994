import type { ToolChoice, ToolDefinition } from "../../core/tool.ts";
import type { Dialect } from "./openai-dialect.ts";

/** Tools and the choice among them, in the protocol's form. */
export function encodeTools(
  tools: readonly ToolDefinition[],
  choice: ToolChoice | undefined,
  dialect: Dialect,
): Readonly<Record<string, unknown>> {
  if (typeof choice !== "object") return { tools: tools.map(encodeTool), tool_choice: choice };
  if (dialect.namedToolChoice) {
    return { tools: tools.map(encodeTool), tool_choice: { type: "function", function: { name: choice.name } } };
  }
  return { tools: tools.filter(({ name }) => name === choice.name).map(encodeTool), tool_choice: "required" };
}

function encodeTool({ name, description, parameters = { type: "object" } }: ToolDefinition): unknown {
  return { type: "function", function: { name, description, parameters } };
}
