import type { Capabilities } from "../core/capability.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import { isInhouseError } from "../core/error.ts";
import type { Batch } from "../core/event.ts";
import type { CallContext, Handler } from "../core/handler.ts";
import type { ChatRequest, CompletionRequest, ModelRequest } from "../core/request.ts";
import type { Warning } from "../core/result.ts";
import { isShort } from "./context/short-prompt.ts";
import { hasFiles } from "./files/has-files.ts";
import { misdirected } from "./misdirected-options.ts";
import { needsModel, refuseByModel, refuseForm, refuseKind, usesTools } from "./needs.ts";
import type { Target } from "./target.ts";
import { withWarnings } from "./with-warnings.ts";

/** The reply to a request that was fitted to its target; rejects with what the target cannot do. */
export async function prepared(
  target: Target,
  request: ModelRequest,
  context: CallContext,
  next: Handler,
): Promise<AsyncIterable<Batch>> {
  const { provider, known } = target;
  refuseKind(provider, request);
  if ("responseFormat" in request) {
    refuseForm(provider, request, (await known()).told(request.model)?.model.capabilities ?? provider.capabilities);
  }
  const warnings: Warning[] = [...misdirected(request.providerOptions, provider)];
  let fitted = await withModelName(target, request, context);
  let asSent: (request: ChatRequest) => ChatRequest = (given) => given;
  let send = next;
  if (hasFiles(fitted)) {
    const { capabilities } = (await (await known()).report(fitted.model, context.signal)).model;
    const { fitMedia } = await import("./files/fit-media.ts");
    const media = await fitMedia(target, fitted, capabilities, context);
    fitted = media.request;
    warnings.push(...media.warnings);
  }
  if (needsModel(fitted)) {
    const capabilities = await capabilitiesOf(target, fitted, context);
    refuseByModel(provider, fitted, capabilities);
    fitted = withKnownDegree(fitted, capabilities, warnings);
    if (usesTools(fitted)) {
      const { planTools } = await import("./tools/tool-strategy.ts");
      const plan = (given: ModelRequest) => planTools(given as ChatRequest, capabilities, provider);
      asSent = (given) => plan(given).request;
      send = (given, callContext) => {
        const { request: planned, read } = plan(given);
        return read(next(Object.freeze(planned), callContext));
      };
    }
  }
  const reply = isMeasured(fitted)
    ? await (await import("./context/context-budget.ts")).withinContext(target, fitted, context, send, asSent)
    : send(fitted, context);
  return warnings.length > 0 ? withWarnings(reply, warnings) : reply;
}

/** What the model can do. Servers that only hear list no models: they are asked all the same. */
async function capabilitiesOf({ provider, known }: Target, { kind, model }: ModelRequest, { signal }: CallContext) {
  const hears = kind === "transcription" ? provider.capabilities.transcription.supported : undefined;
  if (hears === "yes") return provider.capabilities;
  try {
    return (await (await known()).report(model, signal)).model.capabilities;
  } catch (error) {
    if (hears === undefined || !isInhouseError(error) || !tellsNothing.includes(error.code)) throw error;
    return provider.capabilities;
  }
}

/** With these a server says that it does not describe its models, or not this one. */
const tellsNothing: readonly ErrorCode[] = ["not-found", "unsupported", "protocol", "forbidden"];

/** The request with the name of its model, where the server wants one or would take any. */
async function withModelName(
  { provider, known }: Target,
  request: ModelRequest,
  { signal }: CallContext,
): Promise<ModelRequest> {
  if (provider.ignoresModelName) {
    if (request.model !== undefined) await (await known()).checkName(request.model, signal);
    return request;
  }
  if (request.model !== undefined) return request;
  const model = await (await known()).onlyName(signal);
  return model === undefined ? request : Object.freeze({ ...request, model });
}

/** Thinks without a degree where the model knows none. */
function withKnownDegree(request: ModelRequest, { reasoningEffort }: Capabilities, warnings: Warning[]): ModelRequest {
  if (request.kind !== "chat" || typeof request.reasoning !== "string") return request;
  if (reasoningEffort.supported !== "no") return request;
  const message = `The model knows no degrees of thinking (${reasoningEffort.evidence}): it thinks as much as it likes.`;
  warnings.push({ option: "reasoning", message });
  return Object.freeze({ ...request, reasoning: true });
}

/** Whether it is to be seen to that the prompt fits. */
function isMeasured(request: ModelRequest): request is ChatRequest | CompletionRequest {
  if (request.kind === "completion") return !isShort(request);
  return request.kind === "chat" && (!isShort(request) || request.tools !== undefined || request.context === "trim");
}
