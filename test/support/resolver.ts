import dns from "node:dns";

import { onTestFinished, vi } from "vitest";

type Answered = (error: Error | null, address: unknown, family?: number) => void;

/** What was asked for since the test began. */
export interface Resolver {
  /** The names, in order. */
  readonly names: readonly string[];
}

/** A resolver that gives a name these addresses, or those of its turn; a name of which it has none does not exist. */
export function resolver(answers: Readonly<Record<string, readonly (string | readonly string[])[]>> = {}): Resolver {
  const names: string[] = [];
  const lookup = (name: string, options: dns.LookupOptions, done: Answered): void => {
    const turns = answers[name] ?? [];
    const turn = turns[Math.min(names.filter((asked) => asked === name).length, turns.length - 1)];
    names.push(name);
    if (turn === undefined) {
      done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" }), undefined);
      return;
    }
    const addresses = [turn].flat().map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (options.all) done(null, addresses);
    else done(null, addresses[0]?.address, addresses[0]?.family);
  };
  const spy = vi.spyOn(dns, "lookup").mockImplementation(lookup as typeof dns.lookup);
  onTestFinished(() => spy.mockRestore());
  return { names };
}
