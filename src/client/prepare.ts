import type { Capabilities, CapabilityName } from "../core/capability.ts";
import { deferred } from "../core/deferred.ts";
import type { Batch } from "../core/event.ts";
import type { CallContext, Handler, Middleware } from "../core/handler.ts";
import type { Provider } from "../core/provider.ts";
import type { ModelRequest } from "../core/request.ts";
import type { ModelKnowledge } from "./model-knowledge.ts";

/** What each kind of request needs of a model. */
const needOf = (kind: ModelRequest["kind"]): CapabilityName => (kind === "detokenization" ? "tokenization" : kind);

/**
 * Fits a request to its target before it is sent: the model's name where the server would take any, and what the model
 * cannot do. What nobody knows is left to the server. Checks that a forced tool call was made.
 */
export function prepare(provider: Provider, known: () => Promise<ModelKnowledge>): Middleware {
  async function refuse(request: ModelRequest, capabilities: Capabilities, needed: readonly CapabilityName[]) {
    for (const name of needed) {
      if (capabilities[name].supported !== "no") continue;
      if (name === "reasoningSwitch" && capabilities.reasoning.supported === "no") continue; // it is off for good
      throw (await import("./refusal.ts")).refusal(provider, request, name, capabilities[name]);
    }
  }

  return (request, context, next) =>
    isPlain(request) ? next(request, context) : deferred(() => prepared(request, context, next));

  /** Nothing is to be asked, refused or watched. */
  function isPlain(request: ModelRequest): boolean {
    return (
      provider.capabilities[needOf(request.kind)].supported !== "no" &&
      (request.model === undefined) === (provider.ignoresModelName ?? false) &&
      request.providerOptions === undefined &&
      formatNeeds(request).length === 0 &&
      specialNeeds(request).length === 0
    );
  }

  async function prepared(request: ModelRequest, context: CallContext, next: Handler): Promise<AsyncIterable<Batch>> {
    await refuse(request, provider.capabilities, [needOf(request.kind), ...formatNeeds(request)]);
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
      await refuse(named, model.capabilities, special);
    }
    let reply = next(named, context);
    if (named.providerOptions && !Object.hasOwn(named.providerOptions, provider.name)) {
      reply = (await import("./misdirected-options.ts")).withMisdirected(reply, named.providerOptions, provider);
    }
    if (named.kind === "chat" && (named.toolChoice === "required" || typeof named.toolChoice === "object")) {
      reply = (await import("./forced-call.ts")).withForcedCall(reply, provider);
    }
    return reply;
  }
}

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
  ];
}
