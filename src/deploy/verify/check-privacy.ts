import type { Plan } from "../plan/plan-value.ts";
import type { ServerProcess } from "./server-processes.ts";
import { unknownLine } from "./verification-line.ts";
import type { VerificationLine } from "./verification.ts";

/** Variables that keep a server from telling others, and from fetching. */
const keeps = /OFFLINE|NO_USAGE_STATS|DO_NOT_TRACK|TELEMETRY|NO_CLOUD/;

/** Whether the server runs with those variables of the plan that keep it from telling others. No other variable is shown. */
export function privacyLine({ environment }: Plan, processes: readonly ServerProcess[] | string): VerificationLine {
  const name = "privacy";
  const wanted = Object.entries(environment).filter(([variable]) => keeps.test(variable));
  const planned = wanted.map((pair) => pair.join("=")).join(" ");
  if (typeof processes === "string") return unknownLine(name, processes, planned === "" ? undefined : planned);
  const [server] = processes;
  if (!server || server.unreadable.includes("environ")) {
    return unknownLine(name, "the environment of the process may not be read", planned === "" ? undefined : planned);
  }
  const told = Object.entries(server.environment).filter(([variable]) => keeps.test(variable));
  const isSame = wanted.every(([variable, value]) => server.environment[variable] === value);
  return {
    name,
    verdict: isSame ? "pass" : "fail",
    planned: planned === "" ? "nothing to set" : planned,
    found: told.map((pair) => pair.join("=")).join(" ") || "none set",
    evidence: `/proc/${server.pid}/environ`,
  };
}
