import { InhouseError } from "../../core/error.ts";
import type { ServerExit } from "./launched-server.ts";
import type { ServerCommand } from "./server-command.ts";

const linesOfCause = 30;

/** The error of a server that ended before it was ready, with the line that decided; the last of its log are the cause. */
export function startFailure(
  { name, command, advice }: Pick<ServerCommand, "name" | "command" | "advice">,
  exit: ServerExit,
  line: string,
  log: string,
): InhouseError {
  const cause = new Error(`The last lines of its log:\n${log.split("\n").slice(-linesOfCause).join("\n")}`);
  delete cause.stack;
  // A shell's own words for a program that is not there, or may not be run.
  if (exit.code === 127 || exit.code === 126) {
    return new InhouseError("not-found", `${command} cannot be run: ${line}`, {
      hint: "Check the path of the program, and what it is linked with.",
      cause,
    });
  }
  const how = exit.signal ?? `exit code ${exit.code}`;
  const hint = exit.signal === "SIGKILL" ? outOfMemory : (advice?.(line) ?? inCause);
  return new InhouseError("server", `${name} ended before it was ready (${how}): ${line}`, {
    retryable: false,
    hint,
    cause,
  });
}

const inCause = "`cause` has the last lines of its log; logFile keeps all of them.";
const outOfMemory =
  "Nobody here has killed it: the system does so when memory runs out. Plan for less context, or for smaller weights.";
