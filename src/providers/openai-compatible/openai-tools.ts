import type { ToolChoice, ToolDefinition } from "../../core/tool.ts";
import type { Dialect } from "./openai-dialect.ts";

/** Tools and the choice among them, in the protocol's form. */
export function encodeTools(
  tools: readonly ToolDefinition[],
  choice: ToolChoice | undefined,
  dialect: Dialect,
): Readonly<Record<string, unknown>> {
  const strict = dialect.strictTools ? { strict: true } : {};
  const encoded = (list: readonly ToolDefinition[]): readonly unknown[] =>
    list.map(({ name, description, parameters = { type: "object" } }) => ({
      type: "function",
      function: { name, description, parameters, ...strict },
    }));
  if (typeof choice !== "object") return { tools: encoded(tools), tool_choice: choice };
  if (dialect.namedToolChoice) {
    return { tools: encoded(tools), tool_choice: { type: "function", function: { name: choice.name } } };
  }
  return { tools: encoded(tools.filter(({ name }) => name === choice.name)), tool_choice: "required" };
}
