import type { Capabilities } from "../core/capability.ts";
import { InhouseError, isInhouseError } from "../core/error.ts";
import type { ModelInfo, Provider } from "../core/provider.ts";
import { remembered } from "./remembered.ts";

/** What is known about the models of a provider, asked once a minute. */
export interface ModelKnowledge {
  /** Rejects with `not-found` and the names there are. */
  checkName(model: string, signal: AbortSignal): Promise<void>;
  /** The name of the only model there is; undefined where the server lists none. */
  onlyName(signal: AbortSignal): Promise<string | undefined>;
  /** What the model can do, by what the running server tells. */
  capabilities(model: string | undefined, signal: AbortSignal): Promise<Capabilities>;
}

/** Asks a provider about its models, each question once a minute at the most. */
export function modelKnowledge(provider: Provider): ModelKnowledge {
  const models = remembered(() => provider.models());
  const details = new Map<string | undefined, (signal: AbortSignal) => Promise<ModelInfo>>();

  return {
    async checkName(model, signal) {
      const has = (list: readonly ModelInfo[]): boolean =>
        list.some(({ id, aliases }) => id === model || aliases.includes(model));
      const list = await models(signal);
      if (has(list) || has(await models(signal, "again"))) return;
      throw new InhouseError(
        "not-found",
        `${provider.name} has no model "${model}", though it would answer to that name.`,
        {
          provider: provider.name,
          model,
          hint: `Models: ${namesOf(list)}.`,
        },
      );
    },
    async onlyName(signal) {
      const list = await models(signal).catch(unlisted);
      if (list.length < 2) return list[0]?.id;
      throw new InhouseError("invalid-request", `${provider.name} serves ${list.length} models: name one.`, {
        provider: provider.name,
        hint: `Models: ${namesOf(list)}.`,
      });
    },
    async capabilities(model, signal) {
      const described = details.get(model) ?? remembered(() => provider.describe(model));
      details.set(model, described);
      return (await described(signal)).capabilities;
    },
  };
}

const namesOf = (list: readonly ModelInfo[]): string => list.map(({ id }) => id).join(", ") || "none";

/** A server without a list of models is not asked for one. */
function unlisted(error: unknown): readonly ModelInfo[] {
  const silent = isInhouseError(error) && ["not-found", "unsupported", "protocol", "forbidden"].includes(error.code);
  if (silent) return [];
  throw error;
}
