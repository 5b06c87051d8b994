import type { CapabilityName } from "../core/capability.ts";
import type { Provider } from "../core/provider.ts";
import type { Sampling } from "../core/sampling.ts";

/** What the cases need of a test runner: vitest, jest and node:test with `expect` all have it. */
export interface Runner {
  readonly test: (name: string, run: () => Promise<void>) => void;
  readonly expect: (value: unknown, message?: string) => Expectation;
}

/** The matchers in use. */
export interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toContain(expected: unknown): void;
  toMatch(expected: RegExp): void;
  toBeGreaterThan(expected: number): void;
  toBeLessThanOrEqual(expected: number): void;
}

/** A provider under test, and what the test can do to the server behind it. */
export interface ContractSubject {
  /** Makes a provider; each case closes its own. */
  readonly provider: () => Provider;
  /** The model to ask for. Default: none is named. */
  readonly model?: string;
  /** What is known about the server beyond what it tells, such as that it was started with an embedding model. */
  readonly supports?: Readonly<Partial<Record<CapabilityName, "yes" | "no">>>;
  /** What keeps the model from ending a long answer early, where the server takes no `ignoreEos`. */
  readonly longAnswers?: Sampling;
  /** Resolves when the server generates nothing any more; rejects if that takes too long. */
  readonly idle?: () => Promise<void>;
  /** A provider with a wrong key for a server that demands one. */
  readonly withWrongKey?: () => Provider;
  /** A provider of a server that is not there. */
  readonly unreachable?: () => Provider;
  /** Kills the server behind a provider of its own. */
  readonly crashing?: () => Promise<{ readonly provider: Provider; crash(): Promise<void> }>;
}

/** One behaviour that every provider has. */
export interface ContractCase {
  readonly name: string;
  /** The capability it is about: where the answer is no, the provider must refuse; where nobody knows, either. */
  readonly about?: CapabilityName;
  /** What the subject must offer for the case to be run. */
  readonly needs?: "idle" | "withWrongKey" | "unreachable" | "crashing";
  /** Resolves with what was seen, in a few words, where servers differ in it; rejects where the behaviour was not shown. */
  run(subject: ContractSubject, expect: Runner["expect"]): Promise<string | void>;
}
