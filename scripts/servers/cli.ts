/** `npx tsx scripts/servers/cli.ts start|prepare|find` */
import {
  llamaServerOptions,
  OLLAMA_MODELS,
  ollamaOptions,
  positionals,
  VLLM_MODELS,
  vllmOptions,
} from "./cli-options.ts";
import {
  findServers,
  prepareCompiled,
  prepareLlamaServer,
  prepareOllama,
  prepareVllm,
  type RunningServer,
  startLlamaServer,
  startOllama,
  startVllm,
} from "./index.ts";

const USAGE = `Usage: npx tsx scripts/servers/cli.ts COMMAND
  start [llama-server]   start a llama-server, print its address, stay until Ctrl-C
             --embeddings  --reranking  --api-key KEY  --alias NAME  --model FILE.gguf
             --context-length TOKENS  --parallel SLOTS  --chat-template-file FILE  --server PATH|xllamacpp
  start ollama           the same with Ollama
             --models chat,tools,thinking,embedding,vision  --store shared|own
  start vllm             the same with vLLM
             --model chat|embedding|classification|vision|speech  --api-key KEY  --lora  --dev-mode  -- ARGUMENTS OF VLLM
  prepare [llamacpp|compiled|ollama|vllm|all]
                         only get what start needs; compiled is llama.cpp with its tools, compiled here
  find                   list the servers that run on this machine`;

const stopping = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => stopping.abort(new Error(`Ended by ${name}.`)));
const common = { onProgress: (message: string) => console.error(message), signal: stopping.signal };

const starts: Record<string, () => Promise<RunningServer>> = {
  "llama-server": () => startLlamaServer({ ...common, ...llamaServerOptions() }),
  ollama: () => startOllama({ ...common, ...ollamaOptions() }),
  vllm: () => startVllm({ ...common, ...vllmOptions() }),
};

const preparations: Record<string, () => Promise<string>> = {
  llamacpp: async () => {
    const { server, model } = await prepareLlamaServer({ ...common, server: llamaServerOptions().server });
    return `llama.cpp ${server.version} (${server.kind}), ${model}`;
  },
  compiled: async () => {
    const { version, llamaServer } = await prepareCompiled(common);
    return `llama.cpp ${version}, ${llamaServer}`;
  },
  ollama: async () => {
    const { program, models } = await prepareOllama({ ...common, models: OLLAMA_MODELS, ...ollamaOptions() });
    return `Ollama ${program.version}, ${program.program}, ${models.join(", ")}`;
  },
  vllm: prepareVllmModels,
};

/** All models of vLLM; the adapter comes with the first. */
async function prepareVllmModels(): Promise<string> {
  let last = await prepareVllm({ ...common, lora: true });
  for (const model of VLLM_MODELS) last = await prepareVllm({ ...common, model });
  return `vLLM ${last.version}, ${last.program}, ${VLLM_MODELS.join(", ")}`;
}

async function start(begin: () => Promise<RunningServer>): Promise<void> {
  await using server = await begin();
  console.error(`${server.name} ${server.version}, model ${server.model}, process ${server.pid}. Ctrl-C stops it.`);
  console.log(server.url);
  const stopped = new Promise<undefined>((resolve) => {
    stopping.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const exit = await Promise.race([server.exited, stopped]);
  if (exit !== undefined)
    throw new Error(`The server has ended (${exit.signal ?? `exit code ${exit.code}`}).\n${server.log()}`);
}

async function main([command, what]: readonly string[]): Promise<void> {
  const begin = starts[what ?? "llama-server"];
  if (command === "start" && begin !== undefined) return await start(begin);
  if (command === "prepare") {
    const chosen = what === "all" ? Object.values(preparations) : [preparations[what ?? "llamacpp"]];
    if (!chosen.includes(undefined)) {
      for (const prepare of chosen) console.log(await prepare?.());
      return;
    }
  }
  if (command === "find") {
    const found = await findServers();
    if (found.length === 0) console.error("No server runs here on the usual ports.");
    for (const server of found) console.log([server.url, server.name, server.version, ...server.models].join(" "));
    return;
  }
  console.error(USAGE);
  process.exitCode = 2;
}

main(positionals).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  // Of a server that did not start, its log.
  if (error instanceof Error && error.cause instanceof Error) console.error(error.cause.message);
  process.exitCode = 1;
});
