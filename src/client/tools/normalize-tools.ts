import type { ToolChoice, ToolDefinition, ToolStrategy } from "../../core/tool.ts";
import { checkList, checkObject, checkString, wrong } from "../check.ts";
import type { ChatInput } from "../inputs.ts";

/** Tools in the one form of the core, from our own form or OpenAI's, and the choice among them checked. */
export function normalizeTools(value: ChatInput["tools"], choice: ChatInput["toolChoice"]): readonly ToolDefinition[] {
  const tools = value === undefined ? [] : checkList("tools", value).map(toolOf);
  checkToolNames(tools, choice);
  return tools;
}

function toolOf(value: unknown, index: number): ToolDefinition {
  const place = `tools[${index}]`;
  const tool = checkObject(place, value);
  const definition = tool["type"] === "function" ? checkObject(`${place}.function`, tool["function"]) : tool;
  const { name, description, parameters } = definition;
  return {
    name: checkToolName(`${place}.name`, name),
    ...(description === undefined ? {} : { description: checkString(`${place}.description`, description) }),
    ...(parameters === undefined ? {} : { parameters: checkObject(`${place}.parameters`, parameters) }),
  };
}

/** The value if it is a name that every server takes for a tool. */
export function checkToolName(place: string, value: unknown): string {
  const name = checkString(place, value);
  if (!/^[\w-]{1,64}$/.test(name)) throw wrong(place, "expected 1 to 64 letters, digits, _ and -");
  return name;
}

function checkToolNames(tools: readonly ToolDefinition[], choice: ToolChoice | undefined): void {
  const names = tools.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrong("tools", `two tools are named "${twice}"`);
  if (choice === undefined || choice === "auto" || choice === "none") return;
  if (choice !== "required" && typeof checkObject("toolChoice", choice)["name"] !== "string") {
    throw wrong("toolChoice", 'expected "auto", "none", "required" or { name }');
  }
  if (typeof choice === "object" && !names.includes(choice.name))
    throw wrong("toolChoice", `no tool is named "${choice.name}"`);
  if (names.length === 0) throw wrong("toolChoice", "there are no tools to choose from");
}

/** The value if it is a way to bring tools to a model. */
export function checkToolStrategy(value: unknown): ToolStrategy {
  if (value === "native" || value === "schema" || value === "prompted") return value;
  throw wrong("toolStrategy", "expected native, schema or prompted");
}
