import { callEnd } from "../../core/call-end.ts";
import { runToEnd } from "./run-to-end.ts";
import { toolLoop, type RunSettings } from "./tool-loop.ts";
import type { RunToolsInput, ToolRunResult } from "./tool-run.ts";

/** Runs the loop of a model and its tools to its end. */
export async function runTools(input: RunToolsInput, settings: RunSettings): Promise<ToolRunResult> {
  return runToEnd(toolLoop(input, { ...settings, ending: callEnd(), stream: false }));
}
