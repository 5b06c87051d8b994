import type { ServedFacts, ServedQuestion } from "../../deploy/verify/served-facts.ts";
import type { ServerProcess } from "../../deploy/verify/server-processes.ts";
import { objectOf, stringOf } from "../../http/json.ts";
import { ollama } from "./index.ts";

/** What a llama-server that Ollama starts tells of itself by its log and command line. */
export type RunnerFacts = (
  process: ServerProcess | undefined,
  log?: string,
) => Pick<ServedFacts, "kvType" | "gpuLayers">;

/**
 * What an Ollama serves: by `/api/show` and `/api/ps`, and by the command line of the llama-server that it starts for the model
 * (0.34.2); its environment says less, since a model's own parameters come before it.
 */
export async function observeOllama(
  { plan, model, url, apiKey, transport, log, processes, signal }: ServedQuestion,
  runnerFacts: RunnerFacts,
): Promise<ServedFacts> {
  const provider = ollama({ baseURL: url, transport, ...(apiKey === undefined ? {} : { apiKey }) });
  const [version, models, running] = await Promise.all([
    provider.version(signal),
    provider.models(signal),
    provider.running(signal),
  ]);
  const known = models.find(({ id, aliases }) => id === model || aliases.includes(model));
  const names = models.flatMap(({ id, aliases }) => [id, ...aliases.filter((alias) => !alias.includes("/"))]);
  const facts: ServedFacts = {
    version: { value: version, evidence: "/api/version" },
    models: { value: names, evidence: "/api/tags" },
  };
  if (!known) return facts;
  const shown = await provider.show(model, signal);
  const blob = /^FROM (\/.*|[A-Za-z]:\\.*)$/m.exec(stringOf(shown["modelfile"]) ?? "")?.[1];
  const quantization = stringOf(objectOf(shown["details"])["quantization_level"]);
  const template = stringOf(shown["template"]);
  const context = running.find((one) => one.model === known.id)?.contextLength;
  const runner = processes.find((process) => blob !== undefined && process.option("--model") === blob);
  const slots = Number(runner?.option("-np", "--parallel"));
  const { kvType, gpuLayers } = runner ? runnerFacts(runner, log) : {};
  return {
    ...facts,
    ...(blob === undefined ? {} : { modelFiles: { value: [blob], evidence: fileEvidence(runner) } }),
    ...(quantization ? { quantization: { value: quantization, evidence: "/api/show quantization_level" } } : {}),
    ...(context === undefined ? {} : { contextLength: { value: context, evidence: "/api/ps context_length" } }),
    ...(slots > 0 ? { parallel: { value: slots, evidence: `/proc/${runner?.pid}/cmdline -np` } } : {}),
    ...(kvType ? { kvType } : {}),
    // Where a part is planned for GPUs, Ollama decides itself how large it is.
    ...(gpuLayers && plan.layout.gpuLayers === undefined ? { gpuLayers } : {}),
    ...(template ? { convertedTemplate: { value: template, evidence: "/api/show template" } } : {}),
  };
}

const fileEvidence = (runner: ServerProcess | undefined): string =>
  runner ? `/api/show FROM; /proc/${runner.pid}/cmdline --model` : "/api/show FROM";
