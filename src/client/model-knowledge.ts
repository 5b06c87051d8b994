import type { CapabilityReport } from "../core/capability-report.ts";
import { InhouseError, isInhouseError } from "../core/error.ts";
import type { ModelInfo, Provider } from "../core/provider.ts";
import { freshMs, remembered, type Remembered } from "./remembered.ts";

/** What is known about the models of a provider, asked once a minute. */
export interface ModelKnowledge {
  /** Rejects with `not-found` and the names there are. */
  checkName(model: string, signal: AbortSignal): Promise<void>;
  /** The name of the only model there is; undefined where the server lists none. */
  onlyName(signal: AbortSignal): Promise<string | undefined>;
  /** A report of earlier, or what a probe found, where there is one. */
  told(model: string | undefined): CapabilityReport | undefined;
  /** Takes a report for what is known from now on. */
  learn(report: CapabilityReport): void;
  /** The model as the running server, or a report of earlier, tells; `again` asks the server anew. */
  report(model: string | undefined, signal: AbortSignal, again?: "again"): Promise<CapabilityReport>;
  /** The same, of the last minute: a report of earlier is not believed. */
  fresh(model: string | undefined, signal: AbortSignal): Promise<CapabilityReport>;
  /** What `fresh` or `report` learned within the last minute; nothing is asked. */
  recent(model: string | undefined): CapabilityReport | undefined;
}

/**
 * Asks a provider about its models, each question once a minute at the most. What the `saved` reports tell is believed
 * until it is asked anew.
 */
export function modelKnowledge(provider: Provider, saved: readonly CapabilityReport[] = []): ModelKnowledge {
  const models = remembered(() => provider.models());
  const details = new Map<string | undefined, Remembered<CapabilityReport>>();
  const latest = new Map<string | undefined, { readonly report: CapabilityReport; readonly at: number }>();
  const known = new Map(saved.map((report) => [report.model.id, completed(report, provider)]));

  async function ask(model: string | undefined): Promise<CapabilityReport> {
    const info = await provider.describe(model);
    return { provider: provider.name, model: info, learnedAt: new Date().toISOString() };
  }

  async function fresh(model: string | undefined, signal: AbortSignal, again?: "again"): Promise<CapabilityReport> {
    const asked = details.get(model) ?? remembered(() => ask(model));
    details.set(model, asked);
    const report = await asked(signal, again).catch((error: unknown) => {
      details.delete(model); // names that callers make up must not pile up
      throw error;
    });
    latest.set(model, { report, at: performance.now() });
    return report;
  }

  /** By its name or another that means it (Ollama's `:latest`); one that was asked for by no name is the only one. */
  function told(model: string | undefined): CapabilityReport | undefined {
    const reports = [...known.values()];
    if (model === undefined) return reports.length === 1 ? reports[0] : undefined;
    return known.get(model) ?? reports.find((report) => report.model.aliases.includes(model));
  }

  return {
    told,
    learn: (report) => void known.set(report.model.id, report),
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
    async report(model, signal, again) {
      const old = told(model);
      if (old && !again) return old;
      const report = await fresh(model, signal, again);
      if (again) known.delete(report.model.id);
      return report;
    },
    fresh: (model, signal) => fresh(model, signal),
    recent(model) {
      const last = latest.get(model);
      return last && performance.now() - last.at < freshMs ? last.report : undefined;
    },
  };
}

/** A report of an older version may lack capabilities that have a name by now; one that was written by hand, aliases. */
function completed({ model, ...report }: CapabilityReport, { capabilities }: Provider): CapabilityReport {
  const aliases = model.aliases ?? [];
  return { ...report, model: { ...model, aliases, capabilities: { ...capabilities, ...model.capabilities } } };
}

const namesOf = (list: readonly ModelInfo[]): string => list.map(({ id }) => id).join(", ") || "none";

/** A server without a list of models is not asked for one. */
function unlisted(error: unknown): readonly ModelInfo[] {
  const silent = isInhouseError(error) && ["not-found", "unsupported", "protocol", "forbidden"].includes(error.code);
  if (silent) return [];
  throw error;
}
