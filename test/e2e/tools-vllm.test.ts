import { describe, inject, test as always } from "vitest";

import { createClient } from "../../src/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { toolCases } from "./tools-cases.ts";

const server = inject("vllm");
const { url: baseURL = "", apiKey = "" } = "unavailable" in server ? {} : server;
const test = "unavailable" in server ? always.skip : always;

describe("a server with the model's tool parser", () => {
  toolCases(test, () => createClient({ provider: vllm({ baseURL, apiKey }) }), false);
});
