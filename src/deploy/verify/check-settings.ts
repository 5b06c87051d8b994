import type { Plan } from "../plan/plan-value.ts";
import { countText, methodText } from "../plan/plan-words.ts";
import type { PlannedServer } from "../planned-server.ts";
import type { ServedFacts } from "./served-facts.ts";
import type { ServerProcess } from "./server-processes.ts";
import { comparedLine, unknownLine } from "./verification-line.ts";
import type { VerificationLine } from "./verification.ts";

/** Quantization, computing type, context, sequences and cache as planned, held against what the server tells. */
export function settingsLines(
  { model, contextLength, concurrent, kvType }: Plan,
  { dtype }: PlannedServer,
  facts: ServedFacts,
): readonly VerificationLine[] {
  return [
    comparedLine("quantization", model.quantization, facts.quantization, { text: methodText }),
    ...((facts.dtype ?? dtype) ? [comparedLine("computing type", dtype ?? "auto", facts.dtype)] : []),
    // llama-server rounds a sequence's share up to the next 256 tokens.
    comparedLine("context", contextLength, facts.contextLength, {
      text: (tokens) => `${countText(tokens)} tokens`,
      isSame: (planned, found) => found >= planned && found - planned < 256,
    }),
    comparedLine("sequences", concurrent, facts.parallel, { text: countText }),
    comparedLine("KV cache", kvType, facts.kvType, {
      why: "neither the server, nor its log, nor a command line that can be read tells",
    }),
  ];
}

/**
 * Whether the layers are where the plan has them: none are on a GPU where no process has a GPU's device open, else by what the
 * server's log or its command line tells.
 */
export function gpuLine(
  { layout }: Plan,
  { gpuLayers }: ServedFacts,
  processes: readonly ServerProcess[],
): VerificationLine {
  const name = "layers on GPUs";
  const planned = layout.place === "memory" ? 0 : (layout.gpuLayers ?? "all");
  const devices = openDevices(processes);
  if (devices?.length === 0) {
    return comparedLine(name, planned, { value: 0, evidence: "/proc/PID/fd: no device of a GPU is open" });
  }
  const open = devices ? `/proc/PID/fd: ${devices.join(", ")}` : "the open devices of its processes cannot be seen";
  if (!gpuLayers) return unknownLine(name, `the server does not tell; ${open}`, `${planned}`);
  return comparedLine(name, planned, { value: gpuLayers.value, evidence: `${gpuLayers.evidence}; ${open}` });
}

/** Nothing where the files of no process can be seen. */
function openDevices(processes: readonly ServerProcess[]): readonly string[] | undefined {
  if (processes.length === 0 || processes.some(({ unreadable }) => unreadable.includes("fd"))) return undefined;
  const files = processes.flatMap((process) => process.files);
  return [...new Set(files.filter((path) => /^\/dev\/(nvidia|kfd|dri\/|dxg|davinci)/.test(path)))];
}
