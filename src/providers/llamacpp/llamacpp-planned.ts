import { optionOf } from "../../core/command-line.ts";
import type { Plan } from "../../deploy/plan/plan-value.ts";
import type { PlannedServer } from "../../deploy/planned-server.ts";

/** Reads back what a plan's command says of a llama-server (b11434). */
export function plannedLlamacpp({ command, model }: Plan): PlannedServer {
  const files = [optionOf(command, "-m", "--model"), optionOf(command, "--mmproj", "-mm")];
  const templateFile = optionOf(command, "--chat-template-file", "--chat-template");
  return {
    address: optionOf(command, "--host") || "127.0.0.1",
    port: Number(optionOf(command, "--port") ?? 8_080),
    // Several are divided by commas.
    model: optionOf(command, "--alias", "-a")?.split(",")[0] || model.name,
    files: files.filter((file) => file !== undefined),
    ...(templateFile === undefined ? {} : { templateFile }),
  };
}
