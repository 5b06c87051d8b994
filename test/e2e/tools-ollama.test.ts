import { describe, inject } from "vitest";

import { createClient } from "../../src/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { toolCases } from "./tools-cases.ts";

const server = inject("ollama");
const { url: baseURL = "http://127.0.0.1:1" } = "unavailable" in server ? {} : server;
const absent = "unavailable" in server;

describe.each([
  ["a template that knows no tools", "smollm2", true],
  ["a template that knows tools", "smollm2-tools", false],
] as const)("a model with %s", (_, model, plain) => {
  toolCases(() => createClient({ provider: ollama({ baseURL }), model }), { plain, absent });
});
