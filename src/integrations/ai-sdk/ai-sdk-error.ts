import { InhouseError, isInhouseError, withDetails } from "../../core/error.ts";

/** What an error of a call is about, for the fields that the AI SDK's errors have. */
export interface FailedCall {
  readonly modelId: string;
  readonly modelType: ModelType;
  readonly signal?: AbortSignal | undefined;
  /** The answer was to be an object. */
  readonly isObject: boolean;
  /** Whether the AI SDK is to try again what may succeed then. */
  readonly retriedByAiSdk: boolean;
}

/** The AI SDK's word for a kind of model. */
export type ModelType = "languageModel" | "embeddingModel" | "imageModel" | "transcriptionModel" | "rerankingModel";

/**
 * The errors of the AI SDK that ours can be, too. Each is known by a symbol (`X.isInstance(error)`), so that copies of a
 * package know each other's, and an `InhouseError` that has it is one of them.
 */
type AiSdkErrorName =
  | "APICallError"
  | "InvalidArgumentError"
  | "InvalidPromptError"
  | "NoObjectGeneratedError"
  | "NoSuchModelError"
  | "TooManyEmbeddingValuesForCallError"
  | "UnsupportedFunctionalityError";

/** The same error, which is one of the AI SDK's as well. */
export function asAiSdkError(
  error: InhouseError,
  name: AiSdkErrorName,
  fields: Readonly<Record<string, unknown>>,
): InhouseError {
  const markers = { [marker("vercel.ai.error")]: true, [marker(`vercel.ai.error.AI_${name}`)]: true };
  return Object.assign(withDetails(error, {}), fields, markers);
}

const marker = (name: string): symbol => Symbol.for(name);

/**
 * What a call rejects with. The AI SDK's retries go by `isRetryable` of an `APICallError`, whose `requestBodyValues` is
 * empty: an error has no prompt in it. After an abort it is the signal's reason, as with `fetch`.
 */
export function aiSdkError(
  error: unknown,
  { modelId, modelType, signal, isObject, retriedByAiSdk }: FailedCall,
): unknown {
  if (!isInhouseError(error) || marker("vercel.ai.error") in error) return error;
  const { code, status, partial, message } = error;
  switch (code) {
    case "abort":
      return signal?.aborted ? signal.reason : error;
    case "unsupported":
      return asAiSdkError(error, "UnsupportedFunctionalityError", { functionality: message });
    case "schema":
    case "output-limit":
      if (!isObject) break; // a call of a tool
      return asAiSdkError(error, "NoObjectGeneratedError", { text: partial?.text });
    case "invalid-request":
      if (status !== undefined) break; // the server's word
      if (/^messages\b/.test(message)) return asAiSdkError(error, "InvalidPromptError", { prompt: undefined });
      return asAiSdkError(error, "InvalidArgumentError", argumentOf(message));
    case "not-found":
      if (status !== undefined && !message.includes(modelId)) break; // a path
      return asAiSdkError(error, "NoSuchModelError", { modelId, modelType });
    default:
  }
  const { retryAfterMs } = error;
  return asAiSdkError(error, "APICallError", {
    url: `inhouse:${error.provider ?? "client"}`, // where it listens is not told beyond its provider
    requestBodyValues: {},
    ...(status === undefined ? {} : { statusCode: status }),
    ...(retryAfterMs === undefined ? {} : { responseHeaders: { "retry-after-ms": String(retryAfterMs) } }),
    isRetryable: retriedByAiSdk && error.retryable,
  });
}

/** The option of an error; two packages of the AI SDK have an error of this name, with a field of their own each. */
function argumentOf(message: string): Readonly<Record<string, unknown>> {
  const [argument] = message.split(":", 1);
  return { argument, parameter: argument, value: undefined };
}

/** An error of what the AI SDK knows and no server of ours can do. */
export function unsupportedFeature(what: string, hint: string): InhouseError {
  return new InhouseError("unsupported", what, { hint });
}

/** The error of a kind of model that there is not. */
export function noSuchModel(modelId: string, modelType: ModelType): InhouseError {
  const error = new InhouseError(
    "unsupported",
    `No server behind this client makes pictures: ${modelType} "${modelId}".`,
    {
      hint: "There are languageModel, completionModel, embeddingModel, rerankingModel and transcriptionModel.",
    },
  );
  return asAiSdkError(error, "NoSuchModelError", { modelId, modelType });
}
