import { InhouseError } from "../../core/error.ts";

/** The error of a file whose content is not what its format says: `invalid-request`. */
export function malformed(
  name: string,
  what: string,
  hint = "Get the file again: it is damaged, or not what its name says.",
): InhouseError {
  return new InhouseError("invalid-request", `${name}: ${what}.`, { hint });
}

/** The error of a file that ends before its own end. */
export function endsEarly(name: string, at: number, within: string): InhouseError {
  return malformed(name, `the file ends at byte ${at}, within ${within}`, "Get the file again: it is not complete.");
}
