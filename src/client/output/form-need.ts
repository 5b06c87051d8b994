import type { CapabilityName } from "../../core/capability.ts";
import type { ResponseFormat } from "../../core/response-format.ts";

/** What a server must be able to do for a form of the answer. */
export function formNeed({ type }: ResponseFormat): CapabilityName {
  return type === "json" || type === "json-schema" ? "structuredOutput" : type;
}
