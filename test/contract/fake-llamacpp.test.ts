import { afterAll, expect, test } from "vitest";

import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { fakeLlamacpp, providerContract } from "../../src/testing/index.ts";

const server = await fakeLlamacpp({ pauseMs: 1, apiKey: "right-key" });
afterAll(() => server.close());

providerContract(
  { test, expect },
  {
    provider: () => llamacpp({ baseURL: server.url, apiKey: "right-key" }),
    model: "fake",
    idle: () => server.idle(),
    withWrongKey: () => llamacpp({ baseURL: server.url, apiKey: "wrong-key" }),
    unreachable: () => llamacpp({ baseURL: "http://127.0.0.1:1" }),
    async crashing() {
      const own = await fakeLlamacpp({ pauseMs: 5 });
      return {
        provider: llamacpp({ baseURL: own.url }),
        crash: async () => {
          own.crash();
          await own.close();
        },
      };
    },
  },
);
