import { abilityCases } from "./contract-abilities.ts";
import type { ContractCase, ContractSubject, Runner } from "./contract-case.ts";
import { chatCases } from "./contract-chat.ts";
import { endingCases } from "./contract-endings.ts";
import { operationCases } from "./contract-operations.ts";
import { outputCases } from "./contract-outputs.ts";

/** Every behaviour that a provider must have, written once. */
export const contractCases: readonly ContractCase[] = [
  ...operationCases,
  ...chatCases,
  ...outputCases,
  ...abilityCases,
  ...endingCases,
];

/** Runs the contract against a provider; the cases that its subject cannot show are returned by name. */
export function providerContract({ test, expect }: Runner, subject: ContractSubject): readonly string[] {
  const missing: string[] = [];
  for (const contractCase of contractCases) {
    const { name, needs } = contractCase;
    if (needs !== undefined && subject[needs] === undefined) missing.push(`${name} (needs ${needs})`);
    else
      test(name, async () => {
        await contractCase.run(subject, expect); // what was seen is for the table of servers
      });
  }
  return missing;
}
