import type { Plan } from "../../deploy/plan/plan-value.ts";
import type { PlannedServer } from "../../deploy/planned-server.ts";
import { ollamaListens } from "./ollama-host.ts";
import { createdModel } from "./ollama-modelfile.ts";

/** Reads back what a plan's environment and command lines say of an Ollama (0.34.2) and the model that is made in it. */
export function plannedOllama(plan: Plan): PlannedServer {
  const { name, files } = createdModel(plan);
  return { ...ollamaListens(plan.environment["OLLAMA_HOST"] ?? ""), model: name, files };
}
