/**
 * Real servers for development: examples, tests, recordings and benches. Not published.
 *
 * `startLlamaServer` always starts a server of its own, because its callers rely on its options, its log and its end.
 * Whoever is content with any server asks `findServers` first and starts one where it finds none; a server that
 * INHOUSE_LLAMACPP_URL names is therefore used by those callers only.
 */
export { type FindOptions, findServers, type FoundServer } from "./find.ts";
export type { LlamaServerOptions } from "./llamacpp/llama-server-options.ts";
export { type Compiled, prepareCompiled } from "./llamacpp/prepare-compiled.ts";
export { prepareLlamaServer, type Prepared } from "./llamacpp/prepare-llama-server.ts";
export { startLlamaServer } from "./llamacpp/start-llama-server.ts";
export type { OllamaModel, OllamaOptions } from "./ollama/ollama-options.ts";
export { prepareOllama, type PreparedOllama } from "./ollama/prepare-ollama.ts";
export { startOllama } from "./ollama/start-ollama.ts";
export type { RunningServer } from "./running-server.ts";
export type { ServerName } from "./server-name.ts";
export { Unavailable } from "./unavailable.ts";
export { prepareVllm } from "./vllm/prepare-vllm.ts";
export { startVllm } from "./vllm/start-vllm.ts";
export type { VllmModel, VllmOptions } from "./vllm/vllm-options.ts";
