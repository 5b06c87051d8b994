import type { Workload } from "./workloads.ts";

/** The protocol that a subject speaks. */
export type Protocol = "sse" | "ndjson";

/** Another client, installed by `install-peers.ts`; `peers/<name>.ts` is how its users call it. */
export interface Peer {
  readonly name: string;
  readonly protocol: Protocol;
  /** What a program installs to use it. */
  readonly packages: readonly string[];
  /** How much of a workload's size it is given, where the whole would take minutes. */
  readonly share: number;
  /** Documents of more pieces than these are left out: its cost grows with their square. */
  readonly mostPieces?: Partial<Record<Workload, number>>;
}

const quadratic = { structured: 6_000, tools: 1_000 };

export const peers: readonly Peer[] = [
  { name: "openai", protocol: "sse", packages: ["openai"], share: 0.25 },
  {
    name: "ai-sdk",
    protocol: "sse",
    packages: ["ai", "@ai-sdk/openai-compatible"],
    share: 0.1,
    mostPieces: quadratic,
  },
  {
    name: "langchain",
    protocol: "sse",
    packages: ["@langchain/openai", "@langchain/core"],
    share: 0.1,
    mostPieces: quadratic,
  },
  { name: "ollama-js", protocol: "ndjson", packages: ["ollama"], share: 0.25 },
  { name: "ai-sdk-ollama", protocol: "ndjson", packages: ["ai-sdk-ollama"], share: 0.1 },
];

/** The protocol of a workload. */
export const protocolOf = (workload: Workload): Protocol => (workload.startsWith("nd") ? "ndjson" : "sse");
