import type { Capabilities, CapabilityName } from "../core/capability.ts";
import type { Provider } from "../core/provider.ts";
import type { ChatRequest, ModelRequest } from "../core/request.ts";
import { formNeed } from "./output/form-need.ts";
import { refusal } from "./refusal.ts";

/** Throws `unsupported` where the provider has no operation of this kind. */
export function refuseKind(provider: Provider, request: ModelRequest): void {
  refuse(provider, request, provider.capabilities, [request.kind === "detokenization" ? "tokenization" : request.kind]);
}

/** Throws `unsupported` where the answer cannot be held to the form that it must have. */
export function refuseForm(provider: Provider, request: ModelRequest, capabilities: Capabilities): void {
  if ("responseFormat" in request && request.responseFormat) {
    refuse(provider, request, capabilities, [formNeed(request.responseFormat)]);
  }
}

/** Throws `unsupported` where the model cannot do what a request needs beyond its kind. */
export function refuseByModel(provider: Provider, request: ModelRequest, capabilities: Capabilities): void {
  refuse(provider, request, capabilities, specialNeeds(request));
}

/** Whether a request needs a look at what its model can do. */
export const needsModel = (request: ModelRequest): boolean => specialNeeds(request).length > 0 || usesTools(request);

/** Tools are on offer, or were called earlier. */
export function usesTools(request: ModelRequest): request is ChatRequest {
  return (
    request.kind === "chat" && (request.tools !== undefined || request.messages.some(({ role }) => role === "tool"))
  );
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

function specialNeeds(request: ModelRequest): readonly CapabilityName[] {
  if (request.kind === "completion" && request.suffix !== undefined) return ["infill"];
  if (request.kind === "transcription") return ["transcription"];
  if (request.kind !== "chat") return [];
  const { reasoning } = request;
  return [
    ...(reasoning ? ["reasoning" as const] : []),
    ...(reasoning === false ? ["reasoningSwitch" as const] : []),
    ...(typeof reasoning === "object" ? ["reasoningBudget" as const] : []),
  ];
}
