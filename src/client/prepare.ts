import type { CapabilityName } from "../core/capability.ts";
import { InhouseError, isInhouseError } from "../core/error.ts";
import type { Middleware } from "../core/handler.ts";
import type { ModelInfo, Provider } from "../core/provider.ts";
import type { ModelRequest } from "../core/request.ts";
import { isForced, withForcedCall } from "./forced-call.ts";
import { misdirected, withWarnings } from "./misdirected-options.ts";
import { remembered } from "./remembered.ts";

/** What each kind of request needs of a model. */
const needs: Readonly<Record<ModelRequest["kind"], CapabilityName>> = {
  chat: "chat",
  completion: "completion",
  embedding: "embedding",
  rerank: "rerank",
  tokenization: "tokenization",
  detokenization: "tokenization",
};

/**
 * Fits a request to its target before it is sent: the model's name where the server would take any, and what the model
 * cannot do. What nobody knows is left to the server. Checks that a forced tool call was made.
 */
export function prepare(provider: Provider): Middleware {
  const models = remembered(() => provider.models());
  const details = new Map<string, (signal: AbortSignal) => Promise<ModelInfo>>();

  /** The model's own capabilities, asked for only where the request depends on them. */
  function described(model: string | undefined, signal: AbortSignal): Promise<ModelInfo> {
    const name = model ?? "";
    const known = details.get(name) ?? remembered(() => provider.describe(model));
    details.set(name, known);
    return known(signal);
  }

  async function checkModel(model: string, signal: AbortSignal): Promise<void> {
    const has = (list: readonly ModelInfo[]): boolean =>
      list.some(({ id, aliases }) => id === model || aliases.includes(model));
    const list = await models(signal);
    if (has(list) || has(await models(signal, "again"))) return;
    throw new InhouseError(
      "not-found",
      `${provider.name} has no model "${model}", though it would answer to that name.`,
      {
        provider: provider.name,
        model,
        hint: `Models: ${list.map(({ id }) => id).join(", ") || "none"}.`,
      },
    );
  }

  /** The only model there is, for a server that wants a name. */
  async function onlyModel(signal: AbortSignal): Promise<string | undefined> {
    const list = await models(signal).catch(unlisted);
    if (list.length < 2) return list[0]?.id;
    throw new InhouseError("invalid-request", `${provider.name} serves ${list.length} models: name one.`, {
      provider: provider.name,
      hint: `Models: ${list.map(({ id }) => id).join(", ")}.`,
    });
  }

  return async function* prepared(request, context, next) {
    const { signal } = context;
    refuse(provider, request, provider.capabilities, [needs[request.kind]]);
    let named = request;
    if (request.model === undefined && !provider.ignoresModelName) {
      const model = await onlyModel(signal);
      if (model !== undefined) named = Object.freeze({ ...request, model });
    } else if (request.model !== undefined && provider.ignoresModelName) await checkModel(request.model, signal);
    const special = specialNeeds(named);
    if (special.length > 0) refuse(provider, named, (await described(named.model, signal)).capabilities, special);
    const reply = withWarnings(next(named, context), misdirected(named, provider));
    yield* named.kind === "chat" && isForced(named) ? withForcedCall(reply, provider) : reply;
  };
}

/** What a request needs beyond its kind. */
function specialNeeds(request: ModelRequest): readonly CapabilityName[] {
  if (request.kind === "completion") return request.suffix === undefined ? [] : ["infill"];
  if (request.kind !== "chat") return [];
  const pictures = request.messages.some(
    ({ content }) => typeof content !== "string" && content.some(({ type }) => type === "image"),
  );
  return [...(pictures ? ["image" as const] : []), ...(request.tools ? ["tools" as const] : [])];
}

function refuse(
  provider: Provider,
  request: ModelRequest,
  capabilities: Provider["capabilities"],
  needed: readonly CapabilityName[],
): void {
  for (const name of needed) {
    const { supported, evidence, hint } = capabilities[name];
    if (supported !== "no") continue;
    throw new InhouseError("unsupported", `${provider.name} cannot do this (${name}): ${evidence}.`, {
      provider: provider.name,
      ...(request.model === undefined ? {} : { model: request.model }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** A server without a list of models is not asked for one. */
function unlisted(error: unknown): readonly ModelInfo[] {
  const silent = isInhouseError(error) && ["not-found", "unsupported", "protocol", "forbidden"].includes(error.code);
  if (silent) return [];
  throw error;
}
