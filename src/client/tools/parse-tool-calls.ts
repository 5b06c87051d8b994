import { InhouseError } from "../../core/error.ts";
import { formatIssues, type Issue } from "../../core/issue.ts";
import type { ToolCall } from "../../core/message.ts";
import type { PartialReply } from "../../core/result.ts";
import { readArguments } from "./tool-arguments.ts";
import type { Tool } from "./typed-tool.ts";

/** A call whose arguments were read and fit the tool's schema. */
export interface ParsedToolCall<Name extends string = string, Args = unknown> {
  readonly id: string;
  readonly name: Name;
  /** What the schema made of them, defaults and transformations included. */
  readonly arguments: Args;
}

/** The calls that some tools can get: a union over their names, so that `switch (call.name)` narrows the arguments. */
export type ParsedToolCallOf<Tools extends readonly Tool[]> = {
  [Index in keyof Tools]: Tools[Index] extends Tool<infer Name, infer Args> ? ParsedToolCall<Name, Args> : never;
}[number];

/**
 * Reads and checks the tool calls of a result, in their order. Rejects with `tool` at the first call of an unknown tool
 * or with arguments that do not fit: its `issues` say where, and its `partial` holds the calls as the model wrote them.
 */
export async function parseToolCalls<const Tools extends readonly Tool[]>(
  result: Pick<PartialReply, "toolCalls"> & Partial<PartialReply>,
  tools: Tools,
): Promise<readonly ParsedToolCallOf<Tools>[]> {
  const { text = "", reasoning = "", toolCalls } = result;
  const calls: ParsedToolCall[] = [];
  for (const call of toolCalls) calls.push(await parseToolCall(call, tools, { text, reasoning, toolCalls }));
  return calls as unknown as readonly ParsedToolCallOf<Tools>[];
}

/** Reads and checks one call; rejects with `tool`. */
export async function parseToolCall(
  { id, name, arguments: text }: ToolCall,
  tools: readonly Tool[],
  partial: PartialReply,
): Promise<ParsedToolCall> {
  const called = tools.find((tool) => tool.name === name);
  if (!called) {
    const names = tools.map((tool) => tool.name).join(", ");
    throw new InhouseError("tool", `There is no tool "${name.slice(0, 64)}". Tools: ${names}.`, { partial });
  }
  const read = readArguments(text);
  if (read.issues) throw misfit(name, read.issues, partial);
  const checked = await called.schema.validate(read.value);
  if (checked.issues) throw misfit(name, checked.issues, partial);
  return { id, name, arguments: checked.value };
}

function misfit(name: string, issues: readonly Issue[], partial: PartialReply): InhouseError {
  return new InhouseError("tool", `The call of ${name} does not fit: ${formatIssues(issues)}.`, {
    issues,
    partial,
    hint: "Describe the parameters more closely, or use a stronger model; runTools() hands the issues back to the model.",
  });
}
