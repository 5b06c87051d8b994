import { describe } from "../core/check-options.ts";
import { checkObject, checkString, wrong } from "./check.ts";
import type { CallOptions } from "./inputs.ts";

/** Checks what every call takes and no request carries; throws `invalid-request`. */
export function checkCallOptions({ signal, tags, priority }: CallOptions): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrong(
      "signal",
      `expected an AbortSignal, got ${describe(signal)}`,
      "Pass controller.signal, not the controller.",
    );
  }
  if (priority !== undefined && priority !== "interactive" && priority !== "batch") {
    throw wrong("priority", `expected "interactive" or "batch", got ${describe(priority)}`);
  }
  if (tags === undefined) return;
  for (const [name, value] of Object.entries(checkObject("tags", tags))) checkString(`tags.${name}`, value);
}
