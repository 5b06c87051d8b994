import type { Provider } from "../../core/provider.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { ServedFacts } from "./served-facts.ts";
import { unknownLine } from "./verification-line.ts";
import type { VerificationLine } from "./verification.ts";

/** Who answers at an address, and the way to speak with it. */
export interface IdentifiedServer {
  /** The name of the provider that recognises it, which is that of most engines. */
  readonly engine: string;
  /** As people write it. */
  readonly title: string;
  readonly version?: string;
  /** The replies that gave it away. */
  readonly evidence: string;
  readonly provider: Provider;
}

/** Whether the planned engine answers, and which version of it. */
export function engineLine(
  plan: Plan,
  isPlanned: boolean,
  { title, version, evidence }: IdentifiedServer,
): VerificationLine {
  return {
    name: "engine",
    verdict: isPlanned ? "pass" : "fail",
    planned: plan.engine,
    found: version === undefined ? title : `${title} ${version}`,
    evidence,
  };
}

/** Whether the server answers to the name that callers are told. */
export function nameLine(model: string, { models }: ServedFacts): VerificationLine {
  if (!models) return unknownLine("model name", "the server does not tell", model);
  const { value, evidence } = models;
  const isThere = value.includes(model);
  return {
    name: "model name",
    verdict: isThere ? "pass" : "fail",
    planned: model,
    found: isThere ? model : value.join(", ") || "no model",
    evidence,
  };
}
