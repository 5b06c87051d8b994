import { wrong } from "../../client/check.ts";
import type { McpApproval, McpToolInfo } from "./mcp-options.ts";

const approvals = ["unless-read-only", "destructive", "always", "never"];

/** Throws `invalid-request` for what is no rule. */
export function checkApproval(approval: McpApproval): void {
  if (typeof approval === "function" || approvals.includes(approval)) return;
  throw wrong("approval", `expected ${approvals.join(", ")} or a function`);
}

/** Whether a person is asked about a call. The defaults of the annotations are the protocol's: what is not said to only read may write, and may destroy. */
export function needsApproval(
  approval: McpApproval,
  info: McpToolInfo,
  args: Readonly<Record<string, unknown>>,
): boolean | Promise<boolean> {
  if (typeof approval === "function") return approval(info, args);
  const { readOnlyHint = false, destructiveHint = true } = info.annotations ?? {};
  if (approval === "unless-read-only") return !readOnlyHint;
  return approval === "always" || (approval === "destructive" && !readOnlyHint && destructiveHint);
}
