import type { Engine } from "../deploy/engine.ts";
import type { EngineMemory } from "../deploy/memory/engine-memory.ts";
import { llamacppEngine } from "../providers/llamacpp/llamacpp-engine.ts";
import { llamacppMemory } from "../providers/llamacpp/llamacpp-memory.ts";
import { runnerFacts } from "../providers/llamacpp/llamacpp-runner-facts.ts";
import { ollamaEngine as ollamaEngineWith } from "../providers/ollama/ollama-engine.ts";
import { ollamaMemory as ollamaMemoryWith } from "../providers/ollama/ollama-memory.ts";
import { vllmEngine } from "../providers/vllm/vllm-engine.ts";

/** How Ollama 0.34 uses memory: as the llama-server that it starts for each model, and its own process beside it. */
export const ollamaMemory: EngineMemory = ollamaMemoryWith(llamacppMemory);

/** Plans for Ollama 0.34, which starts a llama-server for each model. */
export const ollamaEngine: Engine = ollamaEngineWith(llamacppEngine, ollamaMemory, runnerFacts);

/** vLLM, llama-server, Ollama: the first that suits a host is planned for. */
export const usualEngines: readonly Engine[] = [vllmEngine, llamacppEngine, ollamaEngine];
