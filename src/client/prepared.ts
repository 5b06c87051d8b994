import type { Capabilities, CapabilityName } from "../core/capability.ts";
import type { Batch } from "../core/event.ts";
import type { CallContext, Handler } from "../core/handler.ts";
import type { Provider } from "../core/provider.ts";
import type { ChatRequest, ModelRequest } from "../core/request.ts";
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
  refuse(provider, request, provider.capabilities, [needOf(request.kind), ...formatNeeds(request)]);
  let named = request;
  if (request.model === undefined && !provider.ignoresModelName) {
    const model = await (await known()).onlyName(context.signal);
    if (model !== undefined) named = Object.freeze({ ...request, model });
  } else if (request.model !== undefined && provider.ignoresModelName) {
    await (await known()).checkName(request.model, context.signal);
  }
  const special = specialNeeds(named);
  let reply: AsyncIterable<Batch>;
  if (special.length > 0 || usesTools(named)) {
    const { model } = await (await known()).report(named.model, context.signal);
    refuse(provider, named, model.capabilities, special);
    if (usesTools(named)) {
      const plan = (await import("./tool-strategy.ts")).planTools(named, model.capabilities, provider);
      reply = plan.read(next(Object.freeze(plan.request), context));
    } else reply = next(named, context);
  } else reply = next(named, context);
  if (named.providerOptions && !Object.hasOwn(named.providerOptions, provider.name)) {
    reply = withMisdirected(reply, named.providerOptions, provider);
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
  return "responseFormat" in request ? ["structuredOutput"] : [];
}

/** Tools are on offer, or were called earlier. */
function usesTools(request: ModelRequest): request is ChatRequest {
  return (
    request.kind === "chat" && (request.tools !== undefined || request.messages.some(({ role }) => role === "tool"))
  );
}

/** What a request needs beyond its kind. */
function specialNeeds(request: ModelRequest): readonly CapabilityName[] {
  if (request.kind === "completion" && request.suffix !== undefined) return ["infill"];
  if (request.kind !== "chat") return [];
  const { messages, reasoning } = request;
  const pictures = messages.some(
    ({ content }) => typeof content !== "string" && content.some(({ type }) => type === "image"),
  );
  if (!pictures && reasoning === undefined) return [];
  return [
    ...(pictures ? ["image" as const] : []),
    ...(reasoning ? ["reasoning" as const] : []),
    ...(reasoning === false ? ["reasoningSwitch" as const] : []),
  ];
}
