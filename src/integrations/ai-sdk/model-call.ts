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
    },
    warnings: unsentHeaders(headers),
  };
}

/** Headers belong to the provider of a client, where policies know of them; the AI SDK's own name is not missed. */
function unsentHeaders(headers: SpecCallOptions["headers"] = {}): SpecWarning[] {
  const names = Object.keys(headers).filter(
    (name) => headers[name] !== undefined && name.toLowerCase() !== "user-agent",
  );
  if (names.length === 0) return [];
  const details = `They were not sent: ${names.join(", ")}. The provider of the client takes headers for all its calls.`;
  return [{ type: "unsupported", feature: "headers", details }];
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
