import type { Client } from "../../client/client-interface.ts";
import type { CallOptions } from "../../client/inputs.ts";
import { checkOptions } from "../../core/check-options.ts";
import { aiSdkError, type FailedCall, type ModelType } from "./ai-sdk-error.ts";
import type { LanguageCallOptions, SpecCallOptions, SpecWarning } from "./ai-sdk-spec.ts";

/** A model of a client: what all its calls share. */
export interface ModelOfClient {
  readonly client: Client;
  /** The key of `providerOptions` and `providerMetadata`. */
  readonly name: string;
  /** What the server is asked for; absent, the client's own model. */
  readonly model: string | undefined;
  readonly modelId: string;
  readonly modelType: ModelType;
  readonly retriedByAiSdk: boolean;
}

/** What a call takes of the options that all calls have, as the client takes it. */
export interface OwnCall<Own> {
  /** The call's options under our name, checked for keys that are not known. */
  readonly own: Own;
  readonly input: CallOptions;
  readonly warnings: SpecWarning[];
}

/** Reads the options that every call has; `known` are the keys that may stand under our name. Throws `invalid-request`. */
export function ownCall<Own extends object>(
  { name, model, retriedByAiSdk }: ModelOfClient,
  { abortSignal, headers, providerOptions }: SpecCallOptions,
  known: Record<keyof Own, unknown>,
): OwnCall<Own> {
  const own = (providerOptions?.[name] ?? {}) as Own;
  checkOptions(`providerOptions.${name}`, own, known);
  return {
    own,
    input: {
      ...(retriedByAiSdk ? { maxRetries: 0 } : {}),
      ...(model === undefined ? {} : { model }),
      ...(abortSignal === undefined ? {} : { signal: abortSignal }),
      ...headersOf(headers),
    },
    warnings: [],
  };
}

/** A call's headers, without the name that the AI SDK gives itself: that of the client's provider stays. */
function headersOf(given: SpecCallOptions["headers"] = {}): Pick<CallOptions, "headers"> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const own = name.toLowerCase() === "user-agent" ? value?.replace(/^ai\/\S+$/, "") : value;
    if (own) headers[name] = own;
  }
  return Object.keys(headers).length === 0 ? {} : { headers };
}

/** What errors of a call are about. */
export const failedCall = (
  of: ModelOfClient,
  { abortSignal, responseFormat }: SpecCallOptions & Pick<LanguageCallOptions, "responseFormat">,
): FailedCall => ({
  modelId: of.modelId,
  modelType: of.modelType,
  retriedByAiSdk: of.retriedByAiSdk,
  signal: abortSignal,
  isObject: responseFormat?.type === "json",
});

/** Does a call, and rejects as the AI SDK's own providers do. */
export async function underAiSdk<Result>(
  of: ModelOfClient,
  options: SpecCallOptions,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw aiSdkError(error, failedCall(of, options));
  }
}
