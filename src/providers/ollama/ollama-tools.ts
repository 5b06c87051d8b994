import type { ChatRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import type { ToolDefinition } from "../../core/tool.ts";
import { arrayOf, isObject, objectOf } from "../../http/json.ts";

/** What of a schema Ollama (0.34.2) shows the model: the rest is gone before the template sees it. */
const keptAtTop = ["type", "properties", "required", "items", "$defs"];
const keptBelow = ["type", "properties", "required", "items", "description", "enum", "anyOf"];

/**
 * The tools to offer. Ollama ignores `tool_choice`, so `none` offers none and a name that tool alone; that a call was made
 * is checked by the client.
 */
export function encodeTools({ tools = [], toolChoice }: ChatRequest, warnings: Warning[]): readonly unknown[] {
  if (toolChoice === "none") return [];
  const name = typeof toolChoice === "object" ? toolChoice.name : undefined;
  if (name !== undefined || toolChoice === "required") {
    const done = name === undefined ? "the model may answer without a call" : `${name} was offered alone`;
    warnings.push({ option: "toolChoice", message: `ollama cannot force a call: ${done}.` });
  }
  const offered = name === undefined ? tools : tools.filter((tool) => tool.name === name);
  for (const tool of offered) warnOfLoss(tool, warnings);
  return offered.map(({ name: tool, description, parameters = { type: "object", properties: {} } }) => ({
    type: "function",
    function: { name: tool, description, parameters },
  }));
}

function warnOfLoss({ name, parameters }: ToolDefinition, warnings: Warning[]): void {
  const lost = new Set(lostOf(parameters, keptAtTop));
  if (lost.size === 0) return;
  const message = `ollama does not show the model ${[...lost].join(", ")} in the parameters of ${name}: say it in a description.`;
  warnings.push({ option: "tools", message });
}

/** The keywords of a schema that are lost. What stands under `items` and `$defs` is kept as it is. */
function lostOf(schema: unknown, kept: readonly string[]): readonly string[] {
  if (!isObject(schema)) return [];
  const properties = Object.values(objectOf(schema["properties"]));
  return [
    ...Object.keys(schema).filter((key) => !kept.includes(key)),
    ...[...properties, ...arrayOf(schema["anyOf"])].flatMap((below) => lostOf(below, keptBelow)),
  ];
}
