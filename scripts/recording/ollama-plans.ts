import { ollama } from "../../src/providers/ollama/index.ts";
import { continuingModel, createContinuingModel } from "../../test/support/continuing-model.ts";
import { startOllama, type RunningServer } from "../servers/index.ts";
import type { Plans } from "./plan.ts";

/** A server with the model that the whole contract can be shown with. */
async function startContinuing(): Promise<RunningServer> {
  const server = await startOllama({ models: ["chat"], store: "own" });
  const provider = ollama({ baseURL: server.url });
  await createContinuingModel(provider);
  await provider.close();
  return server;
}

/** What is recorded of Ollama. */
export const ollamaPlans: Plans = {
  folder: "ollama",
  title: "Ollama",
  provider: ollama,
  plans: [
    { name: "chat", model: continuingModel, start: startContinuing },
    { name: "embedding", about: "embedding", start: () => startOllama({ models: ["embedding"], store: "own" }) },
  ],
};
