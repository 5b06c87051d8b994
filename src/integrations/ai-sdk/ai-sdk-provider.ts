import type { Client } from "../../client/client-interface.ts";
import { checkOptions, describe } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import { noSuchModel, type ModelType } from "./ai-sdk-error.ts";
import type {
  InhouseEmbeddingModel,
  InhouseLanguageModel,
  InhouseRerankingModel,
  InhouseTranscriptionModel,
  LanguageCallOptions,
  SpecificationVersion,
} from "./ai-sdk-spec.ts";
import type { ModelOfClient } from "./model-call.ts";

/** Options of `createInhouse`. */
export interface InhouseSettings<Version extends SpecificationVersion = "v4"> {
  /** Does the calls, with all its policies. It stays the caller's to close. */
  readonly client: Client;
  /** The version of the AI SDK's specification: `v4` for the AI SDK 7, `v3` for 6. Default `v4`. */
  readonly specificationVersion?: Version;
  /** What `model.provider` begins with, and the key of `providerOptions` and `providerMetadata`. Default `inhouse`. */
  readonly name?: string;
  /**
   * Who tries again after a failure. `client`: the client, as its `maxRetries` says, and no error is retryable for the AI
   * SDK, whose own tries would multiply them. `ai-sdk`: the AI SDK, as the `maxRetries` of its calls say, each try being
   * one of the client's. Default `client`: it knows whether the server is loading, and what all calls may spend on tries.
   */
  readonly retriedBy?: "client" | "ai-sdk";
  /** Most texts that `embedMany()` hands over at once. Default: all, since the client sends them in batches. */
  readonly maxEmbeddingsPerCall?: number;
}

/**
 * A provider of the AI SDK over a client: assignable to `ProviderV4`, or to `ProviderV3`. A model is named as its server
 * knows it; without a name it is the client's, or the only one.
 */
export interface InhouseProvider<Version extends SpecificationVersion = "v4"> {
  /** The same as `languageModel`. */
  (modelId?: string): InhouseLanguageModel<Version>;
  readonly specificationVersion: Version;
  /** Continues conversations: `client.chat()` and `client.stream()`. */
  languageModel(modelId?: string): InhouseLanguageModel<Version>;
  /** Continues a text, without a chat template: `client.complete()`; the `prompt` of a call is the text. */
  completionModel(modelId?: string): InhouseLanguageModel<Version>;
  /** `client.embed()`. */
  embeddingModel(modelId?: string): InhouseEmbeddingModel<Version>;
  /** `client.rerank()`. */
  rerankingModel(modelId?: string): InhouseRerankingModel<Version>;
  /** `client.transcribe()`. */
  transcriptionModel(modelId?: string): InhouseTranscriptionModel<Version>;
  /** There is none: throws the AI SDK's `NoSuchModelError`. */
  imageModel(modelId: string): never;
}

const settingNames: Record<keyof InhouseSettings, 1> = {
  client: 1,
  specificationVersion: 1,
  name: 1,
  retriedBy: 1,
  maxEmbeddingsPerCall: 1,
};

/**
 * Makes a provider of the AI SDK of a client. Nothing is sent yet. Throws `invalid-request` for a wrong option.
 *
 * @example
 * const inhouse = createInhouse({ client });
 * const { text } = await generateText({ model: inhouse(), prompt: "Hello" });
 */
export function createInhouse<const Version extends SpecificationVersion = "v4">(
  settings: InhouseSettings<Version>,
): InhouseProvider<Version> {
  checkOptions("createInhouse", settings, settingNames);
  const { client, name = "inhouse", retriedBy = "client", maxEmbeddingsPerCall } = settings;
  const specificationVersion = (settings.specificationVersion ?? "v4") as Version;
  if (typeof client?.chat !== "function") throw wrong("client", `expected a client, got ${describe(client)}`);
  if (specificationVersion !== "v4" && specificationVersion !== "v3") {
    throw wrong("specificationVersion", 'expected "v4" (AI SDK 7) or "v3" (AI SDK 6)');
  }
  if (retriedBy !== "client" && retriedBy !== "ai-sdk") throw wrong("retriedBy", 'expected "client" or "ai-sdk"');
  if (maxEmbeddingsPerCall !== undefined && !(Number.isInteger(maxEmbeddingsPerCall) && maxEmbeddingsPerCall > 0)) {
    throw wrong("maxEmbeddingsPerCall", "expected a whole number from 1");
  }
  const retriedByAiSdk = retriedBy === "ai-sdk";

  /** What a model tells of itself, and what its calls need; the calls are loaded when the first is made. */
  function model(kind: string, modelType: ModelType, given: string | undefined) {
    const modelId = given ?? "default";
    const of: ModelOfClient = { client, name, model: given, modelId, modelType, retriedByAiSdk };
    return { of, face: { specificationVersion, provider: `${name}.${kind}`, modelId } };
  }

  function languageModel(modelId?: string): InhouseLanguageModel<Version> {
    const { of, face } = model("chat", "languageModel", modelId);
    const load = () => import("./chat-model.ts");
    return {
      ...face,
      supportedUrls: allUrls(),
      doGenerate: async (options: LanguageCallOptions) => (await load()).generateAnswer(of, options),
      doStream: async (options: LanguageCallOptions) => (await load()).streamAnswer(of, options),
    };
  }

  function completionModel(modelId?: string): InhouseLanguageModel<Version> {
    const { of, face } = model("completion", "languageModel", modelId);
    const load = () => import("./completion-model.ts");
    return {
      ...face,
      supportedUrls: allUrls(),
      doGenerate: async (options) => (await load()).generateCompletion(of, options),
      doStream: async (options) => (await load()).streamCompletion(of, options),
    };
  }

  function embeddingModel(modelId?: string): InhouseEmbeddingModel<Version> {
    const { of, face } = model("embedding", "embeddingModel", modelId);
    return {
      ...face,
      maxEmbeddingsPerCall,
      supportsParallelCalls: false,
      doEmbed: async (options) => (await import("./list-models.ts")).embedValues(of, options, maxEmbeddingsPerCall),
    };
  }

  function rerankingModel(modelId?: string): InhouseRerankingModel<Version> {
    const { of, face } = model("reranking", "rerankingModel", modelId);
    return { ...face, doRerank: async (options) => (await import("./list-models.ts")).rankDocuments(of, options) };
  }

  function transcriptionModel(modelId?: string): InhouseTranscriptionModel<Version> {
    const { of, face } = model("transcription", "transcriptionModel", modelId);
    const load = () => import("./transcription-model.ts");
    return {
      ...face,
      doGenerate: async (options) => (await load()).transcribeRecording(of, options),
      doGenerateFromUrl: async (options) => (await load()).transcribeRecording(of, options),
    };
  }

  return Object.assign((modelId?: string) => languageModel(modelId), {
    specificationVersion,
    languageModel,
    completionModel,
    embeddingModel,
    rerankingModel,
    transcriptionModel,
    imageModel(modelId: string): never {
      throw noSuchModel(modelId, "imageModel");
    },
  });
}

/** What the AI SDK would otherwise fetch itself, past every policy of the client. */
const allUrls = (): Record<string, RegExp[]> => ({ "*/*": [/^https?:/] });

function wrong(place: string, what: string): InhouseError {
  return new InhouseError("invalid-request", `createInhouse: ${place}: ${what}.`);
}
