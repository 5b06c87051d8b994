import { z } from "zod";

import { startOllama, type RunningServer } from "../servers/index.ts";
import { createOllamaModel } from "../servers/ollama/ollama-create.ts";
import { bufferSizes, type ObservedMemory } from "./observe-llamacpp.ts";
import { processesWith, residentBytes } from "./resident.ts";

/** How an Ollama is started. */
export interface OllamaSetting {
  readonly parallel: number;
  readonly keyType: "f16" | "q8_0";
}

/** What an Ollama reported of a loaded model, and what it holds in main memory, in bytes. */
export interface ObservedOllama extends ObservedMemory {
  /** `size` of `GET /api/ps`. */
  readonly size: number;
  readonly resident: number;
}

export interface MeasuredOllama extends AsyncDisposable {
  /** What its own process holds before anything is loaded. */
  readonly idle: number;
  create(name: string, path: string): Promise<void>;
  /** Loads a model for a context, has it read a prompt, and takes it out again. */
  observe(model: string, contextLength: number, prompt: string): Promise<ObservedOllama>;
}

const Loaded = z.object({ models: z.array(z.object({ size: z.number() })) });

/** Starts an Ollama with a store of its own. */
export async function measuredOllama({ parallel, keyType }: OllamaSetting): Promise<MeasuredOllama> {
  const mark = `INHOUSE_MEASURED=${process.pid}-${parallel}-${keyType}`;
  const [name = "", value = ""] = mark.split("=");
  const server = await startOllama({
    store: "own",
    env: {
      [name]: value,
      OLLAMA_NUM_PARALLEL: String(parallel),
      OLLAMA_KV_CACHE_TYPE: keyType,
      OLLAMA_FLASH_ATTENTION: "1",
      // Its llama-server says what it reserves.
      OLLAMA_DEBUG: "1",
    },
  });
  const resident = async (): Promise<number> => await residentBytes(await processesWith(mark));
  return {
    idle: await resident(),
    create: (model, path) => createOllamaModel(server.url, { name: model, files: [path] }),
    async observe(model, contextLength, prompt) {
      const before = server.log();
      const options = { num_ctx: contextLength, num_predict: 1 };
      await asked(server, "/api/generate", { model, prompt, raw: true, stream: false, options });
      const { models } = Loaded.parse(await asked(server, "/api/ps"));
      const held = await resident();
      const log = server.log();
      await asked(server, "/api/generate", { model, keep_alive: 0 });
      return { ...bufferSizes(newLines(log, before)), size: models[0]?.size ?? 0, resident: held };
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** Of the log's last lines those of the last start of a llama-server. */
function newLines(log: string, before: string): string {
  const start = log.lastIndexOf("starting llama-server");
  if (start < 0 || log === before) throw new Error("Ollama did not log how it started its llama-server.");
  return log.slice(start);
}

async function asked({ url }: RunningServer, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${url}${path}`, body ? { method: "POST", body: JSON.stringify(body) } : {});
  if (!response.ok) throw new Error(`Ollama: ${await response.text()}`);
  return await response.json();
}
