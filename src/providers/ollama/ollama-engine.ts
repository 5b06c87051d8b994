import { optionOf } from "../../core/command-line.ts";
import { bracketed } from "../../core/listening-address.ts";
import type { EngineChoice, Launch } from "../../deploy/engine-choice.ts";
import type { Engine } from "../../deploy/engine.ts";
import type { EngineMemory } from "../../deploy/memory/engine-memory.ts";
import { ollamaContainer } from "./ollama-container.ts";
import { createLine, modelfileLine, pullLine } from "./ollama-modelfile.ts";
import type { RunnerFacts } from "./ollama-observe.ts";
import { plannedOllama } from "./ollama-planned.ts";
import { ollamaServer } from "./ollama-server.ts";

/**
 * Plans for Ollama 0.34: its server's environment, since that is where it takes a context and sequences from, and what makes
 * the model. It places layers itself, as the llama-server that it starts does.
 */
export function ollamaEngine(runner: Engine, memory: EngineMemory, runnerFacts: RunnerFacts): Engine {
  return {
    ...runner,
    name: "ollama",
    provider: "ollama",
    memory,
    port: 11_434,
    economies: [{ arguments: [] }],
    suits: () => false,
    refusal: (weights, host) =>
      weights.format === "gguf" ? runner.refusal(weights, host) : "Ollama is planned for with GGUF files only.",
    // It decides by itself how many layers go to GPUs, and cannot be told of experts.
    layouts: (shape, host, machines) =>
      runner.layouts(shape, host, machines).filter(({ expertLayersInMemory }) => !expertLayersInMemory),
    launch: (choice) => launch(choice, runner.launch(choice)),
    planned: plannedOllama,
    server: ollamaServer,
    observe: async (question) => (await import("./ollama-observe.ts")).observeOllama(question, runnerFacts),
    container: ollamaContainer,
  };
}

function launch(choice: EngineChoice, ofRunner: Launch): Launch {
  const { weights, contextLength, parallel, kvType, servedName, layout } = choice;
  const place = optionOf(ofRunner.command, "-m") ?? weights.source;
  const projector = optionOf(ofRunner.command, "--mmproj");
  const published = weights.origin === "published";
  const name = published ? `hf.co/${weights.source}:${weights.quantization}` : servedName;
  return {
    prepare: published
      ? []
      : [...ofRunner.prepare, modelfileLine(projector === undefined ? [place] : [place, projector])],
    command: ["ollama", "serve"],
    environment: {
      OLLAMA_HOST: `${bracketed(choice.address)}:${choice.port}`,
      OLLAMA_CONTEXT_LENGTH: String(contextLength),
      OLLAMA_NUM_PARALLEL: String(parallel),
      ...(kvType === undefined ? {} : { OLLAMA_KV_CACHE_TYPE: kvType, OLLAMA_FLASH_ATTENTION: "1" }),
      OLLAMA_KEEP_ALIVE: "-1",
      OLLAMA_NO_CLOUD: "1",
      ...ofRunner.environment,
    },
    afterwards: [published ? pullLine(name) : createLine(name)],
    warnings: [
      ...ofRunner.warnings,
      ...(layout.gpuLayers === undefined ? [] : ["Ollama decides itself how many layers go to GPUs."]),
    ],
  };
}
