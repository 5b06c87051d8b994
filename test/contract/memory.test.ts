import { expect, test } from "vitest";

import { memory, providerContract, type MemoryProvider } from "../../src/testing/index.ts";

let last: MemoryProvider | undefined;

providerContract(
  { test, expect },
  {
    provider: () => (last = memory({ delayMs: 1 })),
    idle: () => Promise.resolve(expect(last?.running).toBe(0)),
  },
);
