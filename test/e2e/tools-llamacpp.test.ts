import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, inject, test as always } from "vitest";

import { startLlamaServer } from "../../scripts/servers/index.ts";
import { createClient, type Client } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { toolCases } from "./tools-cases.ts";

const server = inject("llamacpp");
const { url = "", apiKey = "" } = "unavailable" in server ? {} : server;
const test = "unavailable" in server ? always.skip : always;
const connect = (baseURL: string): Client => createClient({ provider: llamacpp({ baseURL, apiKey }) });

describe("with the model's own template, which knows no tools", () => {
  toolCases(test, () => connect(url), true);
});

describe("with a template that knows tools", () => {
  let shared: Awaited<ReturnType<typeof startLlamaServer>> | undefined;
  const chatTemplateFile = fileURLToPath(new URL("../../scripts/servers/vllm/hermes-tools.jinja", import.meta.url));
  beforeAll(async () => {
    if (!("unavailable" in server)) shared = await startLlamaServer({ apiKey, chatTemplateFile });
  });
  afterAll(() => shared?.stop());
  toolCases(test, () => connect(shared?.url ?? ""), false);
});
