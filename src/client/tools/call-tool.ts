import { abortError, InhouseError, isInhouseError } from "../../core/error.ts";
import type { ParsedToolCall } from "./parse-tool-calls.ts";
import type { ToolOutcome } from "./tool-run.ts";
import type { Tool } from "./typed-tool.ts";

/** Longest account of an error that a model is given, in characters. */
const maxErrorLength = 2_000;

/** A tool that `runTools()` can serve by itself. */
export type ExecutableTool = Tool & Required<Pick<Tool, "execute">>;

/** Whether a tool has an `execute`. */
export function isExecutable(tool: Tool): tool is ExecutableTool {
  return tool.execute !== undefined;
}

/** Executes a call. A tool that throws or takes too long has an outcome too; only the end of the run rejects. */
export async function callTool(
  { name, execute, timeoutMs }: ExecutableTool,
  call: ParsedToolCall,
  runSignal: AbortSignal,
): Promise<ToolOutcome> {
  const limit = new AbortController();
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => limit.abort(tooLong(name, timeoutMs)), timeoutMs);
  const signal = AbortSignal.any([runSignal, limit.signal]);
  try {
    const work = async (): Promise<unknown> => execute(call.arguments, { signal, toolCallId: call.id });
    const output = await unlessAborted(signal, work);
    return { ...call, output, content: contentOf(output) };
  } catch (error) {
    if (runSignal.aborted) throw abortError(runSignal);
    return failed(call, limit.signal.aborted ? abortError(limit.signal) : thrown(name, error));
  } finally {
    clearTimeout(timer);
  }
}

/** What comes of a call that was not executed, or failed; `more` is for the model alone. */
export function failed(
  call: Pick<ToolOutcome, "id" | "name" | "arguments">,
  error: InhouseError,
  more = "",
): ToolOutcome {
  const content = `Error: ${error.message}${more}`;
  return {
    ...call,
    error,
    content: content.length > maxErrorLength ? `${content.slice(0, maxErrorLength)}…` : content,
  };
}

/** Does the work unless, or until, the signal ends it, whether or not the work itself heeds the signal. */
export async function unlessAborted<Value>(signal: AbortSignal, work: () => Value | Promise<Value>): Promise<Value> {
  if (signal.aborted) throw abortError(signal);
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(abortError(signal));
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function tooLong(name: string, timeoutMs: number): InhouseError {
  return new InhouseError("timeout", `${name} took longer than ${timeoutMs} ms.`, {
    phase: "tool",
    hint: "Raise timeoutMs of the tool, and let it heed its signal.",
  });
}

function thrown(name: string, cause: unknown): InhouseError {
  if (isInhouseError(cause) && cause.code === "tool") return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new InhouseError("tool", `${name} failed: ${message}`, { cause, hint: "The cause is what the tool threw." });
}

/** A tool's output as the model reads it; throws what JSON cannot hold. */
function contentOf(output: unknown): string {
  if (typeof output === "string") return output;
  return JSON.stringify(output) ?? ""; // undefined, for one, has no JSON
}
