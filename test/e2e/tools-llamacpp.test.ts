import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, inject } from "vitest";

import { startLlamaServer } from "../../scripts/servers/index.ts";
import { createClient, type Client } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { toolCases } from "./tools-cases.ts";

const server = inject("llamacpp");
const { url = "", apiKey = "" } = "unavailable" in server ? {} : server;
const absent = "unavailable" in server;
const connect = (baseURL: string): Client => createClient({ provider: llamacpp({ baseURL, apiKey }) });

describe("with the model's own template, which knows no tools", () => {
  toolCases(() => connect(url), { plain: true, absent });
});

describe("with a template that knows tools", () => {
  let shared: Awaited<ReturnType<typeof startLlamaServer>> | undefined;
  const chatTemplateFile = fileURLToPath(new URL("../../scripts/servers/vllm/hermes-tools.jinja", import.meta.url));
  beforeAll(async () => {
    if (!absent) shared = await startLlamaServer({ apiKey, chatTemplateFile });
  });
  afterAll(() => shared?.stop());
  toolCases(() => connect(shared?.url ?? ""), { plain: false, absent });
});
