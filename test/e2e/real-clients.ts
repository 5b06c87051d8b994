import { inject } from "vitest";

import { createClient, type Client } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";

/** A client of each real server, or undefined where it is not to be had here. */
export function realClients(): readonly (readonly [title: string, client: Client | undefined])[] {
  const servers = { llamacpp: inject("llamacpp"), ollama: inject("ollama"), vllm: inject("vllm") };
  return [
    [
      "llama-server",
      "unavailable" in servers.llamacpp
        ? undefined
        : createClient({
            provider: llamacpp({ baseURL: servers.llamacpp.url, apiKey: servers.llamacpp.apiKey ?? "" }),
          }),
    ],
    [
      "Ollama",
      "unavailable" in servers.ollama
        ? undefined
        : createClient({ provider: ollama({ baseURL: servers.ollama.url }), model: "smollm2" }),
    ],
    [
      "vLLM",
      "unavailable" in servers.vllm
        ? undefined
        : createClient({
            provider: vllm({ baseURL: servers.vllm.url, apiKey: servers.vllm.apiKey }),
            model: servers.vllm.model,
          }),
    ],
  ];
}
