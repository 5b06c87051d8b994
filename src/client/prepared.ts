import type { Capabilities, CapabilityName } from "../core/capability.ts";
import type { Batch } from "../core/event.ts";
import type { CallContext, Handler } from "../core/handler.ts";
import type { Provider } from "../core/provider.ts";
import type { ChatRequest, CompletionRequest, ModelRequest } from "../core/request.ts";
import { withForcedCall } from "./forced-call.ts";
import { misdirected } from "./misdirected-options.ts";
import { refusal } from "./refusal.ts";
import { isShort } from "./short-prompt.ts";
import type { Target } from "./target.ts";
import { withWarnings } from "./with-warnings.ts";

/** The reply to a request that was fitted to its target; rejects with what the target cannot do. */
export async function prepared(
  { provider, known }: Target,
  request: ModelRequest,
  context: CallContext,
  next: Handler,
): Promise<AsyncIterable<Batch>> {
  refuse(provider, request, provider.capabilities, [needOf(request.kind), ...formatNeeds(request)]);
  const warnings = [...misdirected(request.providerOptions, provider)];
  let named = request;
  if (request.model === undefined && !provider.ignoresModelName) {
    const model = await (await known()).onlyName(context.signal);
    if (model !== undefined) named = Object.freeze({ ...request, model });
  } else if (request.model !== undefined && provider.ignoresModelName) {
    await (await known()).checkName(request.model, context.signal);
  }
  const special = specialNeeds(named);
  if (special.length > 0) {
    const { model } = await (await known()).report(named.model, context.signal);
    refuse(provider, named, model.capabilities, special);
    if (named.kind === "chat" && typeof named.reasoning === "string") {
      const { supported, evidence } = model.capabilities.reasoningEffort;
      if (supported === "no") {
        const message = `The model knows no degrees of thinking (${evidence}): it thinks as much as it likes.`;
        warnings.push({ option: "reasoning", message });
        named = Object.freeze({ ...named, reasoning: true });
      }
    }
  }
  let reply = isMeasured(named)
    ? await (await import("./context-budget.ts")).withinContext({ provider, known }, named, context, next)
    : next(named, context);
  if (warnings.length > 0) reply = withWarnings(reply, warnings);
  if (named.kind === "chat" && (named.toolChoice === "required" || typeof named.toolChoice === "object")) {
    reply = withForcedCall(reply, provider);
  }
  return reply;
}

/** Whether it is to be seen to that the prompt fits. */
function isMeasured(request: ModelRequest): request is ChatRequest | CompletionRequest {
  if (request.kind === "completion") return !isShort(request);
  return request.kind === "chat" && (!isShort(request) || request.tools !== undefined || request.context === "trim");
}

function refuse(
  provider: Provider,
  request: ModelRequest,
  capabilities: Capabilities,
  needed: readonly CapabilityName[],
): void {
  for (const name of needed) {
    if (capabilities[name].supported !== "no") continue;
    if (name === "reasoningSwitch" && capabilities.reasoning.supported === "no") continue; // it is off for good
    throw refusal(provider, request, name, capabilities[name]);
  }
}

/** What each kind of request needs of a model. */
const needOf = (kind: ModelRequest["kind"]): CapabilityName => (kind === "detokenization" ? "tokenization" : kind);

/** What a form of the answer needs: the provider's own matter, whichever the model. */
function formatNeeds(request: ModelRequest): readonly CapabilityName[] {
  return "responseFormat" in request ? ["structuredOutput"] : [];
}

/** What a request needs beyond its kind. */
function specialNeeds(request: ModelRequest): readonly CapabilityName[] {
  if (request.kind === "completion" && request.suffix !== undefined) return ["infill"];
  if (request.kind !== "chat") return [];
  const { messages, tools, reasoning } = request;
  const pictures = messages.some(
    ({ content }) => typeof content !== "string" && content.some(({ type }) => type === "image"),
  );
  if (!pictures && !tools && reasoning === undefined) return [];
  return [
    ...(pictures ? ["image" as const] : []),
    ...(tools ? ["tools" as const] : []),
    ...(reasoning ? ["reasoning" as const] : []),
    ...(reasoning === false ? ["reasoningSwitch" as const] : []),
    ...(typeof reasoning === "object" ? ["reasoningBudget" as const] : []),
  ];
}
