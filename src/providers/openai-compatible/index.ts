import { checkOptions } from "../../core/check-options.ts";
import { lazyHandler } from "../../core/lazy-handler.ts";
import type { MediaSupport } from "../../core/media-support.ts";
import type { Provider } from "../../core/provider.ts";
import { createEndpoint, type EndpointOptions } from "../../http/endpoint.ts";
import { openaiDialect, type Dialect } from "./openai-dialect.ts";
import { findModel, listModels, modelInfoOf, openaiCapabilities } from "./openai-models.ts";

export type { EndpointOptions } from "../../http/endpoint.ts";
export {
  openaiDialect,
  openaiResponseFormat,
  type Dialect,
  type FormFields,
  type OpenAIOperation,
  type TranscriptionDialect,
} from "./openai-dialect.ts";
export { whispercppDialect } from "./whispercpp-dialect.ts";

/** Options of `openaiCompatible`. */
export interface OpenAICompatibleOptions extends EndpointOptions {
  /** Where the API begins, as for OpenAI's own clients: `http://127.0.0.1:8000/v1`. Without a path, `/v1` is meant. */
  readonly baseURL: string;
  /** Name in errors, records and `providerOptions`. Default `openai-compatible`. */
  readonly name?: string;
  /** In which form it takes pictures, sound and films. Default: PNG and JPEG, wav and mp3, no films. */
  readonly media?: MediaSupport;
  /** How the server differs from the bare protocol, such as `{ sampling: { topK: "top_k" } }`; merged with `openaiDialect`. */
  readonly dialect?: Partial<Dialect>;
}

const optionNames = { baseURL: 1, apiKey: 1, headers: 1, transport: 1, policy: 1, name: 1, media: 1, dialect: 1 };
/** What every server that takes pictures or sound can be expected to decode. */
const commonMedia: MediaSupport = {
  image: { mediaTypes: ["image/png", "image/jpeg"] },
  audio: { mediaTypes: ["audio/wav", "audio/mpeg"] },
};
/** Every field of a dialect, those without a default too; held complete by the compiler. */
const dialectNames: Record<keyof Dialect, unknown> = {
  ...openaiDialect,
  root: 1,
  reasoning: 1,
  reasoningBudget: 1,
  reasoningInput: 1,
  promptLogprobs: 1,
  video: 1,
};

/**
 * A provider for any server that speaks the OpenAI protocol. `providerOptions` under its name are added to the body as
 * they are: that is the door for what only your server knows. Throws `invalid-request` for a wrong option.
 */
export function openaiCompatible(options: OpenAICompatibleOptions): Provider {
  checkOptions("openaiCompatible", options, optionNames);
  const name = options.name ?? "openai-compatible";
  const { dialect: own = {} } = options;
  checkOptions("openaiCompatible: dialect", own, dialectNames);
  const dialect: Dialect = {
    ...openaiDialect,
    ...own,
    paths: { ...openaiDialect.paths, ...own.paths },
    sampling: { ...openaiDialect.sampling, ...own.sampling },
    responseFormat: { ...openaiDialect.responseFormat, ...own.responseFormat },
  };
  const endpoint = createEndpoint(name, options, {
    baseURL: "http://127.0.0.1:8000/v1",
    prefix: (prefix) => (prefix === "" ? (dialect.root ?? "/v1") : prefix),
    classify: dialect.classify,
  });
  const models: Provider["models"] = async (signal) =>
    (await listModels(endpoint, "/models", signal)).map((entry) => modelInfoOf(entry, openaiCapabilities));

  return {
    name,
    transport: endpoint.transport,
    capabilities: openaiCapabilities,
    media: options.media ?? commonMedia,
    send: lazyHandler(async () => (await import("./openai-handler.ts")).openaiHandler(endpoint, dialect)),
    models,
    describe: async (model, signal) => findModel(await models(signal), model, name),
    health: async (signal) => (await import("./openai-health.ts")).askHealth(endpoint, "/models", signal),
    close: () => endpoint.close(),
  };
}
