import type { CapabilityName } from "./capability.ts";
import type { ModelInfo } from "./provider.ts";

/** What a model on a server can do, and from where that is known: a plain value, to be printed, saved and given back. */
export interface CapabilityReport {
  /** Name of the provider that was asked. */
  readonly provider: string;
  readonly model: ModelInfo;
  /** When the server was asked, in ISO 8601. */
  readonly learnedAt: string;
}

/** A report as a table of text, for a terminal. */
export function formatCapabilities({ provider, model, learnedAt }: CapabilityReport): string {
  const { id, contextLength, embeddingLength, quantization } = model;
  const facts = [
    `context ${contextLength ?? "unknown"}`,
    ...(embeddingLength === undefined ? [] : [`vectors of ${embeddingLength}`]),
    ...(quantization === undefined ? [] : [quantization]),
  ];
  const names = Object.keys(model.capabilities) as CapabilityName[];
  const width = Math.max(...names.map(({ length }) => length));
  const rows = names.map((name) => {
    const { supported, evidence } = model.capabilities[name];
    return `${name.padEnd(width)}  ${supported.padEnd(7)}  ${evidence}`;
  });
  return [`${id} (${provider}, ${learnedAt}): ${facts.join(", ")}`, ...rows].join("\n");
}
