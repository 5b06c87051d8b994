import { optionOf } from "../../core/command-line.ts";
import type { Plan } from "../../deploy/plan/plan-value.ts";
import type { PlannedServer } from "../../deploy/planned-server.ts";

/** Reads back what a plan's command says of vLLM (0.32). */
export function plannedVllm(plan: Plan): PlannedServer {
  const { command, model } = plan;
  const dtype = optionOf(command, "--dtype");
  const templateFile = optionOf(command, "--chat-template");
  return {
    address: optionOf(command, "--host") || "127.0.0.1",
    port: Number(optionOf(command, "--port") ?? 8_000),
    model: optionOf(command, "--served-model-name") ?? model.name,
    files: filesOf(plan),
    ...(dtype === undefined ? {} : { dtype }),
    ...(templateFile === undefined ? {} : { templateFile }),
  };
}

/** The repository of the hub that is served; nothing where it is a folder, or an address. */
export function plannedRepository(plan: Plan): string | undefined {
  const place = servedPlace(plan);
  return filesOf(plan).length > 0 || place === undefined || isAddress(place) ? undefined : place;
}

/** A folder is known by how it is named, or by the plan's word: vLLM looks whether it is there. */
function filesOf(plan: Plan): readonly string[] {
  const place = servedPlace(plan);
  if (place === undefined || isAddress(place)) return [];
  const isNamedAsPath = /^([./~]|[A-Za-z]:\\)/.test(place);
  return isNamedAsPath || (plan.model.origin === "files" && place === plan.model.source) ? [place] : [];
}

/** What stands after `vllm serve`. */
function servedPlace({ command }: Plan): string | undefined {
  const after = command[command.indexOf("serve") + 1];
  return command.includes("serve") && after !== undefined && !after.startsWith("-")
    ? after
    : optionOf(command, "--model");
}

const isAddress = (place: string): boolean => /^https?:/.test(place);
