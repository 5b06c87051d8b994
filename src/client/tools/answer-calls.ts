import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { AssistantMessage, ToolCall, ToolMessage } from "../../core/message.ts";
import type { ChatResult } from "../../core/result.ts";
import { inParallel } from "../in-parallel.ts";
import { callTool, failed, isExecutable, unlessAborted, type ExecutableTool } from "./call-tool.ts";
import { parseToolCall, type ParsedToolCall } from "./parse-tool-calls.ts";
import { readArguments } from "./tool-arguments.ts";
import type { RunToolsInput, ToolOutcome } from "./tool-run.ts";

/** What a step needs of its run. */
export interface AnsweringOptions extends Pick<RunToolsInput, "tools" | "approve"> {
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Told of each outcome when it is there. */
  onOutcome?(outcome: ToolOutcome): void;
}

/** What came of the calls of an answer. */
export interface AnsweredCalls {
  readonly outcomes: readonly ToolOutcome[];
  /** Calls of tools that have no `execute`. */
  readonly pending: readonly ToolCall[];
  /** The model's answer and the results, to go on from. */
  readonly messages: readonly [AssistantMessage, ...ToolMessage[]];
}

/** A call that is decided about: its outcome stands, or it is to be executed, or it is left to the caller. */
type Decided =
  | { readonly outcome: ToolOutcome }
  | { readonly tool: ExecutableTool; readonly call: ParsedToolCall }
  | "pending";

/** Reads the calls of an answer, has them approved, executes them. Rejects when the run ends meanwhile. */
export async function answerCalls(result: ChatResult, options: AnsweringOptions): Promise<AnsweredCalls> {
  const calls = result.toolCalls.map(sendable);
  const decided: Decided[] = [];
  for (const call of result.toolCalls) decided.push(await decide(call, result, options)); // a person is asked one thing at a time
  const results = await inParallel(decided, options.concurrency, async (entry) => {
    if (entry === "pending") return undefined;
    const outcome = "outcome" in entry ? entry.outcome : await callTool(entry.tool, entry.call, options.signal);
    options.onOutcome?.(outcome);
    return outcome;
  });
  const outcomes = results.filter((outcome) => outcome !== undefined);
  return {
    outcomes,
    pending: calls.filter((_, index) => decided[index] === "pending"),
    messages: [
      calls.length === 0 ? result.message : { ...result.message, toolCalls: calls },
      ...outcomes.map(({ id, content }): ToolMessage => ({ role: "tool", toolCallId: id, content })),
    ],
  };
}

async function decide(call: ToolCall, result: ChatResult, options: AnsweringOptions): Promise<Decided> {
  const { tools, approve, signal } = options;
  const { id, name } = call;
  const { text, reasoning, toolCalls } = result;
  let parsed: ParsedToolCall;
  try {
    parsed = await parseToolCall(call, tools, { text, reasoning, toolCalls });
  } catch (error) {
    if (!isInhouseError(error) || error.code !== "tool") throw error;
    const unread = readArguments(call.arguments).issues;
    return { outcome: failed({ id, name }, error, unread && ` You wrote: ${call.arguments}`) };
  }
  const tool = tools.find((entry) => entry.name === name);
  if (!tool || !isExecutable(tool)) return "pending";
  if (await tool.needsApproval?.(parsed.arguments)) {
    const approval = await unlessAborted(signal, () => approve?.(parsed) ?? false);
    if (approval !== true) return { outcome: failed(parsed, refusal(name, approval)) };
  }
  return { tool, call: parsed };
}

function refusal(name: string, approval: false | { readonly refused: string }): InhouseError {
  const reason = approval === false ? "" : `: ${approval.refused}`;
  return new InhouseError("tool", `The call of ${name} was refused${reason}.`, { hint: "approve() said no." });
}

/**
 * A call as it goes back to the server. Its text stays as the model wrote it, which the prompt cache knows, unless it is
 * no JSON object: vLLM and Ollama answer a conversation with such a call with an error.
 */
function sendable(call: ToolCall): ToolCall {
  const read = readArguments(call.arguments);
  if (!read.issues && call.arguments.trimStart().startsWith("{")) return call;
  return { ...call, arguments: read.issues ? "{}" : JSON.stringify(read.value) };
}
