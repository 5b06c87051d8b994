import { InhouseError } from "../../core/error.ts";

/** The count itself where it is one, or left out. Throws `invalid-request` for anything else. */
export function checkedCount(place: string, count: number | undefined): number | undefined {
  if (count === undefined || (Number.isInteger(count) && count >= 1)) return count;
  throw new InhouseError("invalid-request", `${place}: expected a whole number from 1 on.`);
}
