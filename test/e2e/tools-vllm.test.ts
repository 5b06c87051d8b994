import { describe, inject } from "vitest";

import { createClient } from "../../src/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { toolCases } from "./tools-cases.ts";

const server = inject("vllm");
const { url: baseURL = "", apiKey = "", model = "" } = "unavailable" in server ? {} : server;
const absent = "unavailable" in server;

describe("a server with the model's tool parser", () => {
  toolCases(() => createClient({ provider: vllm({ baseURL, apiKey }), model }), { plain: false, absent, forces: true });
});
