import type { EgressPolicy } from "../../src/core/egress.ts";
import { isInhouseError } from "../../src/core/error.ts";

/** Whether a policy lets a host through; fails for any error but `policy`. */
export function permits(policy: EgressPolicy, host: string, port = 8_000): boolean {
  try {
    policy.checkHost(host, port);
    return true;
  } catch (error) {
    if (isInhouseError(error) && error.code === "policy") return false;
    throw error;
  }
}
