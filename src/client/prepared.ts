import type { Capabilities, CapabilityName } from "../core/capability.ts";
import type { Batch } from "../core/event.ts";
import type { CallContext, Handler } from "../core/handler.ts";
import type { Provider } from "../core/provider.ts";
import type { ModelRequest } from "../core/request.ts";
import { withForcedCall } from "./forced-call.ts";
import { formNeed } from "./form-need.ts";
import { withMisdirected } from "./misdirected-options.ts";
import type { ModelKnowledge } from "./model-knowledge.ts";
import { refusal } from "./refusal.ts";

/** What a request is fitted to. */
export interface Target {
  readonly provider: Provider;
  readonly known: () => Promise<ModelKnowledge>;
}

/** The reply to a request that was fitted to its target; rejects with what the target cannot do. */
export async function prepared(
  { provider, known }: Target,
  request: ModelRequest,
  context: CallContext,
  next: Handler,
): Promise<AsyncIterable<Batch>> {
  refuse(provider, request, provider.capabilities, [needOf(request.kind)]);
  const format = formatNeeds(request);
  if (format.length > 0) {
    const told = (await known()).told(request.model)?.model.capabilities ?? provider.capabilities;
    refuse(provider, request, told, format);
  }
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
  }
  let reply = next(named, context);
  if (named.providerOptions && !Object.hasOwn(named.providerOptions, provider.name)) {
    reply = withMisdirected(reply, named.providerOptions, provider);
  }
  if (named.kind === "chat" && (named.toolChoice === "required" || typeof named.toolChoice === "object")) {
    reply = withForcedCall(reply, provider);
  }
  return reply;
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
  return "responseFormat" in request && request.responseFormat ? [formNeed(request.responseFormat)] : [];
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
  ];
}
