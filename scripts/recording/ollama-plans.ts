import { ollama } from "../../src/providers/ollama/index.ts";
import { runnersFree } from "../../test/e2e/ollama-runners.ts";
import { continuingModel, createContinuingModel } from "../../test/support/continuing-model.ts";
import { startOllama, type OllamaModel, type RunningServer } from "../servers/index.ts";
import type { Plan, Plans } from "./plan.ts";

/** A server with the model that most of the contract can be shown with. */
async function startContinuing(): Promise<RunningServer> {
  const server = await startOllama({ models: ["chat"], store: "own" });
  const provider = ollama({ baseURL: server.url });
  await createContinuingModel(provider);
  await provider.close();
  return server;
}

/** A server with a model that was made for one thing. */
const made = (model: OllamaModel, about: NonNullable<Plan["about"]>): Plan => ({
  name: about,
  about,
  start: () => startOllama({ models: [model], store: "own" }),
});

/** What is recorded of Ollama. */
export const ollamaPlans: Plans = {
  folder: "ollama",
  title: "Ollama",
  provider: ollama,
  plans: [
    { name: "chat", model: continuingModel, start: startContinuing, idle: ({ pid }) => runnersFree(pid) },
    made("embedding", "embedding"),
    made("tools", "tools"),
    made("thinking", "reasoning"),
    made("vision", "image"),
  ],
};
