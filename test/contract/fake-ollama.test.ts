import { afterAll, expect, test } from "vitest";

import { ollama } from "../../src/providers/ollama/index.ts";
import { fakeOllama, providerContract } from "../../src/testing/index.ts";

const server = await fakeOllama({ pauseMs: 1, apiKey: "right-key" });
afterAll(() => server.close());

providerContract(
  { test, expect },
  {
    provider: () => ollama({ baseURL: server.url, apiKey: "right-key" }),
    model: "fake",
    idle: () => server.idle(),
    withWrongKey: () => ollama({ baseURL: server.url, apiKey: "wrong-key" }),
    unreachable: () => ollama({ baseURL: "http://127.0.0.1:1" }),
    async crashing() {
      const own = await fakeOllama({ pauseMs: 5 });
      return {
        provider: ollama({ baseURL: own.url }),
        crash: async () => {
          own.crash();
          await own.close();
        },
      };
    },
  },
);
