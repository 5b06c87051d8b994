import { lowerSchema } from "../../core/lower-schema.ts";
import { relaxationWarnings } from "../../core/relaxation-warnings.ts";
import type { Warning } from "../../core/result.ts";
import type { ToolChoice, ToolDefinition } from "../../core/tool.ts";
import type { Dialect } from "./openai-dialect.ts";
import type { EncodedForm } from "./openai-encoding.ts";

/**
 * Tools and the choice among them, in the protocol's form. Where the server makes a grammar of their parameters, these are
 * lowered to what it enforces, with a warning for the rest: one keyword that it cannot take would fail the whole request.
 */
export function encodeTools(
  tools: readonly ToolDefinition[],
  choice: ToolChoice | undefined,
  dialect: Dialect,
): EncodedForm {
  const strict = dialect.strictTools ? { strict: true } : {};
  const warnings: Warning[] = [];
  const isForced = choice === "required" || typeof choice === "object" || dialect.strictTools;
  const isGrammar = dialect.toolGrammar === "always" || (dialect.toolGrammar === "forced" && isForced);

  function parametersOf({ name, parameters = {} }: ToolDefinition): unknown {
    const given = { type: "object", ...parameters };
    if (!isGrammar) return given;
    const { schemaSupport } = dialect;
    const { schema, relaxations } = lowerSchema(`tools: ${name}.parameters`, given, schemaSupport);
    warnings.push(...relaxationWarnings(relaxations, schemaSupport.server, "tools", name));
    return schema;
  }

  const encoded = (list: readonly ToolDefinition[]): readonly unknown[] =>
    list.map((tool) => {
      const { name, description } = tool;
      return { type: "function", function: { name, description, parameters: parametersOf(tool), ...strict } };
    });
  const named = typeof choice === "object";
  const alone = named && !dialect.namedToolChoice;
  const offered = alone ? tools.filter(({ name }) => name === choice.name) : tools;
  const byName = named && !alone ? { type: "function", function: { name: choice.name } } : undefined;
  return { fields: { tools: encoded(offered), tool_choice: byName ?? (alone ? "required" : choice) }, warnings };
}
