import { isLoopback } from "../../core/listening-address.ts";
import type { Engine } from "../engine.ts";
import type { Host } from "../host/host.ts";
import { doesNotFit } from "./does-not-fit.ts";
import type { ModelWeights } from "./model-weights.ts";
import { memoryOf, poolOf, type Fit } from "./plan-fit.ts";
import { checkSpec, hostOf, modelOf, searchOf, usualContext, type PlanContext } from "./plan-question.ts";
import { alternativesOf, firstFit, type Search } from "./plan-search.ts";
import type { Plan, PlanSpec } from "./plan-value.ts";
import { countText, hostText } from "./plan-words.ts";
import { plannedSpeed } from "./planned-speed.ts";

/** Sequences that a server is set up for at most where nobody says how many. */
const mostSequences = 256;

/**
 * Chooses how to serve a model on a host: engine, weights, devices, context, and the command line. Rejects with
 * `unsupported` where it does not fit, or not so; the hint names the nearest plans that do, with their numbers. Rejects with
 * `invalid-request` for an unknown option, host or engine, with `not-found` for an unknown model, and as `readModel` does.
 */
export async function plan(spec: PlanSpec, context: PlanContext): Promise<Plan> {
  checkSpec(spec);
  const host = await hostOf(spec, context);
  const model = await modelOf(spec, context);
  const search = searchOf(spec, model, host, context.engines);
  const fit = firstFit(search);
  if (!fit) throw doesNotFit(spec, model, search, context.engines);
  const { gpus: _gpus, ...free } = search;
  const contexts = [fit.plan.contextLength];
  return planOf(spec, model, host, fit, {
    ...free,
    engines: considered(context.engines, host, fit),
    weights: model.weights,
    contexts,
  });
}

/** The engines that are compared with the chosen one. */
const considered = (engines: readonly Engine[], host: Host, { engine }: Fit): readonly Engine[] =>
  engines.filter((one) => one === engine || one.suits(host));

function planOf(spec: PlanSpec, model: ModelWeights, host: Host, fit: Fit, others: Search): Plan {
  const { engine, weights, layout, economy, estimate, devices } = fit;
  const { contextLength } = fit.plan;
  const { machines = 1, kvType } = spec;
  const replicas = machines === 1 && engine.copies(weights.shape) ? copiesOf(fit, host) : 1;
  const pool = engine.pooledCache ? poolOf(fit, mostSequences) : undefined;
  const parallel = spec.parallel ?? pool?.sequences ?? 1;
  const concurrent = spec.parallel ?? Math.max(parallel, pool?.concurrent ?? 1);
  const keyType = kvType ?? engine.memory.complete(fit.plan, weights.shape).keyType;
  const speed = plannedSpeed(fit, host, concurrent, replicas);
  const launch = engine.launch({
    weights,
    host,
    layout,
    economy,
    machines,
    contextLength,
    parallel,
    concurrent,
    ...(kvType === undefined ? {} : { kvType }),
    ...(fit.plan.batchTokens === undefined ? {} : { batchTokens: fit.plan.batchTokens }),
    replicas,
    servedName: model.name,
    ...(model.toolParser === undefined ? {} : { toolParser: model.toolParser }),
    ...(model.reasoningParser === undefined ? {} : { reasoningParser: model.reasoningParser }),
    address: spec.address ?? "127.0.0.1",
    port: spec.port ?? engine.port,
  });
  return {
    engine: engine.name,
    model: {
      name: model.name,
      title: model.title,
      ...(model.licence === undefined ? {} : { licence: model.licence }),
      ...(model.parameters ? { parameters: model.parameters } : {}),
      source: weights.source,
      format: weights.format,
      quantization: weights.quantization,
      origin: weights.origin,
      weightBytes: weights.shape.weightBytes ?? 0,
    },
    on: hostText(host, machines),
    layout: { ...layout, machines, replicas },
    contextLength,
    parallel,
    concurrent,
    kvType: keyType,
    kvBits: engine.memory.cacheBits[keyType] ?? 16,
    ...(pool ? { roomTokens: pool.tokens } : {}),
    memory: { ...estimate, devices },
    ...(speed ? { speed } : {}),
    ...launch,
    warnings: [
      ...launch.warnings,
      ...(weights.note === undefined ? [] : [weights.note]),
      ...ownWarnings(spec, model, fit),
      ...model.warnings,
    ],
    alternatives: alternativesOf(others, fit),
  };
}

/** How many copies of a model the GPUs have room for, one group of GPUs after the other. */
function copiesOf({ engine, layout: { place, gpus = 1 }, devices }: Fit, host: Host): number {
  if (place !== "gpus") return 1;
  const hasRoom = (group: number): boolean =>
    devices.every(({ device, bytes }) => {
      if (device === "memory") return true;
      const gpu = host.gpus[group * gpus + Number(device.slice(4))];
      const memoryBytes = gpu && memoryOf(gpu, host);
      return gpu !== undefined && memoryBytes !== undefined && bytes <= engine.room(gpu, memoryBytes);
    });
  let copies = 1;
  while ((copies + 1) * gpus <= host.gpus.length && hasRoom(copies)) copies += 1;
  return copies;
}

function ownWarnings(
  { context, address }: PlanSpec,
  { contextLength: trained = 0 }: ModelWeights,
  fit: Fit,
): readonly string[] {
  const { contextLength } = fit.plan;
  const close = fit.devices.filter(({ highBytes, roomBytes = highBytes }) => highBytes > roomBytes);
  const usual = Math.min(usualContext, trained);
  return [
    ...(close.length > 0
      ? [
          "It is close: what the server works with beside weights and cache is a rule of thumb, and at its highest there is no room for it. Start it once before you rely on it.",
        ]
      : []),
    ...(context === undefined && contextLength < usual
      ? [`The context is ${countText(contextLength)} tokens because ${countText(usual)} do not fit.`]
      : []),
    ...(context === undefined && contextLength === usual && usual < trained
      ? [`The context is set to ${countText(usual)} tokens; the model was trained for ${countText(trained)}.`]
      : []),
    ...(address !== undefined && !isLoopback(address)
      ? ["The server listens beyond this machine: launch() makes a key for it; started by this command, it has none."]
      : []),
  ];
}
