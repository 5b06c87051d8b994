/** `npx tsx scripts/servers/cli.ts start|prepare|find` */
import { parseArgs } from "node:util";

import { findServers, prepareLlamaServer, startLlamaServer } from "./index.ts";

const USAGE = `Usage: npx tsx scripts/servers/cli.ts COMMAND
  start      start a llama-server, print its address, stay until Ctrl-C
             --embeddings  --reranking  --api-key KEY  --alias NAME  --model FILE.gguf
             --context-length TOKENS  --parallel SLOTS  --chat-template-file FILE  --server PATH|xllamacpp
  prepare    only download what start needs
  find       list the llama-servers that run on this machine`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    embeddings: { type: "boolean" },
    reranking: { type: "boolean" },
    "api-key": { type: "string" },
    alias: { type: "string" },
    model: { type: "string" },
    "context-length": { type: "string" },
    parallel: { type: "string" },
    "chat-template-file": { type: "string" },
    server: { type: "string" },
  },
});

const onProgress = (message: string) => console.error(message);
const stopping = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => stopping.abort(new Error(`Ended by ${name}.`)));

async function start(): Promise<void> {
  const contextLength = values["context-length"];
  await using server = await startLlamaServer({
    contextLength: contextLength === undefined ? undefined : Number(contextLength),
    parallel: values.parallel === undefined ? undefined : Number(values.parallel),
    embeddings: values.embeddings,
    reranking: values.reranking,
    apiKey: values["api-key"],
    alias: values.alias,
    modelPath: values.model,
    chatTemplateFile: values["chat-template-file"],
    server: values.server,
    onProgress,
    signal: stopping.signal,
  });
  console.error(`llama.cpp ${server.version}, model ${server.model}, process ${server.pid}. Ctrl-C stops it.`);
  console.log(server.url);
  const stopped = new Promise<undefined>((resolve) => {
    stopping.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const exit = await Promise.race([server.exited, stopped]);
  if (exit !== undefined)
    throw new Error(`The server has ended (${exit.signal ?? `exit code ${exit.code}`}).\n${server.log()}`);
}

async function main(command: string | undefined): Promise<void> {
  if (command === "start") return await start();
  if (command === "prepare") {
    const { server, model } = await prepareLlamaServer({ server: values.server, onProgress, signal: stopping.signal });
    return console.log(`llama.cpp ${server.version} (${server.kind}), ${model}`);
  }
  if (command === "find") {
    const found = await findServers();
    if (found.length === 0) console.error("No llama-server runs here on the usual ports.");
    for (const server of found) console.log([server.url, server.version, ...server.models].join(" "));
    return;
  }
  console.error(USAGE);
  process.exitCode = 2;
}

main(positionals[0]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
