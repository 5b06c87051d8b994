import type { CapabilityName } from "../../src/core/capability.ts";
import { isInhouseError } from "../../src/core/error.ts";
import { contractCases, type ContractSubject } from "../../src/testing/index.ts";
import { contractExpect } from "../../test/support/contract-expect.ts";

/** What each case of the contract saw, by its name. */
export type Outcomes = Readonly<Record<string, string>>;

/** Which cases are run, and what a failure means. */
export interface Observing {
  /** The capability that they are about. Default: all cases. */
  readonly about: CapabilityName | undefined;
  /** The contract must hold, as it must for a provider of this server's own; else a failure is an outcome, too. */
  readonly strict: boolean;
}

/** Runs the contract, one case after the other; resolves with what each saw. */
export async function observe(subject: ContractSubject, { about, strict }: Observing): Promise<Outcomes> {
  const outcomes: Record<string, string> = {};
  for (const { name, needs, run, ...its } of contractCases) {
    if (about !== undefined && its.about !== about) continue;
    if (needs !== undefined && subject[needs] === undefined) {
      outcomes[name] = `not shown (needs ${needs})`;
      continue;
    }
    outcomes[name] = await run(subject, contractExpect).then(
      (seen) => seen ?? "yes",
      (error: unknown) => {
        if (strict) throw new Error(`${name}: not held`, { cause: error });
        return isInhouseError(error) ? `\`${error.code}\`` : `no: ${firstLine(error)}`;
      },
    );
  }
  return outcomes;
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
