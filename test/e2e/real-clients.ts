import { inject } from "vitest";

import { createClient, type Client } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { servedHere } from "../support/served-here.ts";

const connections: readonly (readonly [title: string, connect: () => Client | undefined])[] = [
  [
    "llama-server",
    () => {
      const server = inject("llamacpp");
      if ("unavailable" in server) return undefined;
      return createClient({ provider: llamacpp({ baseURL: server.url, apiKey: server.apiKey ?? "" }) });
    },
  ],
  [
    "Ollama",
    () => {
      const server = inject("ollama");
      if ("unavailable" in server) return undefined;
      return createClient({ provider: ollama({ baseURL: server.url }), model: "smollm2" });
    },
  ],
  [
    "vLLM",
    () => {
      const server = inject("vllm");
      if ("unavailable" in server) return undefined;
      return createClient({ provider: vllm({ baseURL: server.url, apiKey: server.apiKey }), model: server.model });
    },
  ],
];

/** A client of each real server that the project is about, or undefined where it is not to be had here. */
export const realClients = (): readonly (readonly [title: string, client: Client | undefined])[] =>
  servedHere(connections).map(([title, connect]) => [title, connect()] as const);
