import type { CapabilityName } from "./capability.ts";
import { cleanText } from "./clean-text.ts";
import type { ModelInfo } from "./provider.ts";

/** What a model on a server can do, and from where that is known: a plain value, to be printed, saved and given back. */
export interface CapabilityReport {
  /** Name of the provider that was asked. */
  readonly provider: string;
  readonly model: ModelInfo;
  /** When the server was asked, in ISO 8601. */
  readonly learnedAt: string;
}

/** A report as a table of text, for a terminal: what the server wrote is cleaned of control characters, and cut. */
export function formatCapabilities({ provider, model, learnedAt }: CapabilityReport): string {
  const { id, contextLength, embeddingLength, quantization } = model;
  const facts = [
    `context ${contextLength ?? "unknown"}`,
    ...(embeddingLength === undefined ? [] : [`vectors of ${embeddingLength}`]),
    ...(quantization === undefined ? [] : [clean(quantization)]),
  ];
  const names = Object.keys(model.capabilities) as CapabilityName[];
  const width = Math.max(...names.map(({ length }) => length));
  const rows = names.map((name) => {
    const { supported, evidence } = model.capabilities[name];
    return `${name.padEnd(width)}  ${supported.padEnd(7)}  ${clean(evidence)}`;
  });
  return [`${clean(id)} (${clean(provider)}, ${clean(learnedAt)}): ${facts.join(", ")}`, ...rows].join("\n");
}

/** Words of a server, for one line of a terminal. */
const clean = (text: string): string => cleanText(text, 200);
