import { quoted } from "../../core/command-line.ts";
import type { EstimateLine } from "../memory/memory-estimate.ts";
import type { Plan, PlannedDevice } from "./plan-value.ts";
import { bytesText, countText, methodText, parametersText, rateText } from "./plan-words.ts";
import { textTable } from "./text-table.ts";

/** A plan for people: what is served and on what, the memory by its terms, the speed, the command, and what to look out for. */
export function formatPlan(plan: Plan): string {
  const sections = [
    textTable(headOf(plan)),
    `Memory of ${deviceTitle(plan)}\n${textTable(memoryOf(plan), [1])}`,
    ...(plan.prepare.length > 0 ? [`First\n${indented(plan.prepare)}`] : []),
    `Start\n${commandText(plan)}`,
    ...(plan.afterwards?.length ? [`Then\n${indented(plan.afterwards)}`] : []),
    ...(plan.warnings.length > 0 ? [`Mind\n${plan.warnings.map((warning) => `  - ${warning}`).join("\n")}`] : []),
    ...(plan.alternatives.length > 0 ? [`Also looked at\n${textTable(alternativesOf(plan))}`] : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** The command line of a plan as a POSIX shell takes it, its environment before it. */
export function shellCommand({ environment, command }: Pick<Plan, "environment" | "command">): string {
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`);
  return [...settings, ...command.map(quoted)].join(" ");
}

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join("\n");

/** One option a line, so that it can be read and pasted. */
function commandText({ environment, command }: Plan): string {
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`);
  const lines: string[] = [];
  for (const argument of command) {
    const last = lines.at(-1);
    // A value, and what stands before the options, go on with the line.
    if (last === undefined || !argument.startsWith("-") || /^-\d/.test(argument)) {
      lines.splice(-1, 1, last === undefined ? quoted(argument) : `${last} ${quoted(argument)}`);
    } else lines.push(quoted(argument));
  }
  return [...settings, ...lines].map((line, index) => `  ${index > settings.length ? "  " : ""}${line}`).join(" \\\n");
}

function headOf(plan: Plan): readonly (readonly string[])[] {
  const { model, layout, contextLength, parallel, roomTokens, speed } = plan;
  const parameters = model.parameters;
  return [
    ["model", `${model.title}${parameters ? `, ${sizeOf(parameters)}` : ""}, ${model.licence ?? "licence not known"}`],
    ["on", plan.on],
    ["engine", plan.engine],
    ["weights", `${methodText(model.quantization)}, ${bytesText(model.weightBytes)}, ${originText(plan)}`],
    ["layout", layoutOf(layout)],
    [
      "context",
      `${countText(contextLength)} tokens × ${countText(parallel)}${roomTokens === undefined ? "" : `, ${countText(plan.concurrent)} sequences at once in a pool of ${countText(roomTokens)} tokens`}, KV cache ${plan.kvType} (${plan.kvBits} bits)`,
    ],
    ...(speed
      ? [["speed", speedText(speed)]]
      : [["speed", "not estimated: what the memory of that host delivers is not known"]]),
  ];
}

function speedText({ alone, together, contextTokens }: NonNullable<Plan["speed"]>): string {
  const all =
    together.sequences > 1
      ? `, ${rateText(together.tokensPerSecond)} for ${countText(together.sequences)} together`
      : "";
  return `up to ${rateText(alone.tokensPerSecond)} for one sequence${all}, of ${countText(contextTokens)} tokens each (estimate)`;
}

function sizeOf({ total, active }: { readonly total: number; readonly active: number }): string {
  return active < total * 0.7
    ? `${parametersText(total)} parameters, ${parametersText(active)} active`
    : `${parametersText(total)} parameters`;
}

function originText({ model }: Plan): string {
  switch (model.origin) {
    case "published":
      return model.source;
    case "files":
      return `from ${model.source}`;
    case "while-loading":
      return `quantized while loading ${model.source}`;
    case "made":
      return `to be made of ${model.source}`;
  }
}

function layoutOf(layout: Plan["layout"]): string {
  const { place, gpus = 0, tensorParallel = 1, pipelineParallel = 1, gpuLayers, expertLayersInMemory } = layout;
  const copies = layout.replicas > 1 ? `, ${layout.replicas} copies` : "";
  if (place === "memory") return "processor";
  const shared = tensorParallel > 1 ? `, every layer on ${tensorParallel} of them` : "";
  const groups = pipelineParallel > 1 ? `, layers in ${pipelineParallel} groups` : "";
  const layers = gpuLayers === undefined ? "" : `, ${gpuLayers} layers on them`;
  const experts = expertLayersInMemory ? `, experts of ${expertLayersInMemory} layers in main memory` : "";
  return `${gpus} GPU${gpus > 1 ? "s" : ""}${shared}${groups}${layers}${experts}${copies}`;
}

/** The devices that hold the same are shown as one. */
function deviceTitle({ memory }: Plan): string {
  const gpus = memory.devices.filter(({ device }) => device !== "memory").length;
  if (gpus === 0) return "the processor";
  return gpus === 1 ? "the GPU" : `the fullest of ${gpus} GPUs`;
}

function memoryOf({ memory }: Plan): readonly (readonly string[])[] {
  const gpus = memory.devices.filter(({ device }) => device !== "memory").toSorted((a, b) => b.bytes - a.bytes);
  const main = memory.devices.find(({ device }) => device === "memory");
  const shown = [gpus[0], main].filter((device) => device !== undefined);
  return shown.flatMap((device) => [
    ...(device.device === "memory" && gpus.length > 0 ? [["  main memory", "", ""]] : []),
    ...memory.lines.filter((line) => line.device === device.device).map(rowOf),
    sumOf(device),
  ]);
}

function rowOf({ name, bytes, errorFraction, formula }: EstimateLine): readonly string[] {
  return [`  ${name}`, bytesText(bytes), `± ${Math.round(errorFraction * 100)} %  ${formula}`];
}

function sumOf({ bytes, lowBytes, highBytes, roomBytes, totalBytes }: PlannedDevice): readonly string[] {
  const range = `${bytesText(lowBytes)} to ${bytesText(highBytes)}`;
  const room =
    roomBytes === undefined || totalBytes === undefined
      ? ""
      : `; room for ${bytesText(roomBytes)} of ${bytesText(totalBytes)}`;
  return ["  together", bytesText(bytes), `${range}${room}`];
}

const alternativesOf = ({ alternatives }: Plan): readonly (readonly string[])[] =>
  alternatives.map(({ engine, quantization, fits, why }) => [
    `  ${engine}`,
    methodText(quantization),
    fits ? "fits" : "does not fit",
    why,
  ]);
