import type { Plan } from "../plan/plan-value.ts";
import { bytesText, countText, methodText, rateText } from "../plan/plan-words.ts";

/** What whoever reads a file of a target has to know of its plan, as lines. */
export function planNotes(plan: Plan): readonly string[] {
  const { model, memory, speed, contextLength, parallel, layout } = plan;
  const gpu = memory.devices.filter(({ device }) => device !== "memory").toSorted((a, b) => b.bytes - a.bytes)[0];
  const main = memory.devices.find(({ device }) => device === "memory");
  const room = gpu?.roomBytes === undefined ? "" : ` of ${bytesText(gpu.roomBytes)} that it may use`;
  return [
    `${model.title}, ${methodText(model.quantization)}, ${bytesText(model.weightBytes)} of weights, ${model.licence ?? "licence not known"}.`,
    `For ${plan.on}; ${countText(contextLength)} tokens of context, ${countText(parallel)} sequences at that length${layout.replicas > 1 ? `, ${layout.replicas} copies` : ""}.`,
    ...(gpu ? [`Memory: ${bytesText(gpu.bytes)} of the fullest GPU${room}.`] : []),
    ...(main ? [`Memory: ${bytesText(main.bytes)} of main memory for weights, cache and buffers.`] : []),
    ...(speed ? [`Speed: up to ${rateText(speed.alone.tokensPerSecond)} for one sequence, an estimate.`] : []),
    ...plan.warnings.map((warning) => `Mind: ${warning}`),
  ];
}
