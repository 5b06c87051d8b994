import { inject, test } from "vitest";

import { createClient } from "../../src/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { frameworkCases } from "./framework-cases.ts";
import { runnersFree } from "./ollama-runners.ts";

const server = inject("ollama");
const { url = "", pid = 0 } = "unavailable" in server ? {} : server;
const clientOf = (model: string) => () => createClient({ provider: ollama({ baseURL: url }), model });

frameworkCases("unavailable" in server ? test.skip : test, {
  chat: clientOf("smollm2-tools"),
  chatModel: "smollm2-tools",
  vectors: clientOf("smollm2-embedding"),
  vectorModel: "smollm2-embedding",
  ranks: false,
  idle: () => runnersFree(pid),
});
