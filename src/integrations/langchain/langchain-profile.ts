import type { ModelProfile } from "@langchain/core/language_models/profile";

import type { Capabilities, CapabilityName } from "../../core/capability.ts";

/**
 * What a model can do, as LangChain asks. Tools, their choice and answers in a form are always there: where a server lacks
 * them, the client brings them about. What nobody told is absent.
 */
export function profileOf(capabilities: Capabilities, contextLength?: number): ModelProfile {
  const told = (name: CapabilityName, key: keyof ModelProfile): ModelProfile => {
    const { supported } = capabilities[name];
    return supported === "unknown" ? {} : { [key]: supported === "yes" };
  };
  return {
    ...(contextLength === undefined ? {} : { maxInputTokens: contextLength }),
    toolCalling: true,
    toolChoice: true,
    structuredOutput: true,
    imageUrlInputs: false, // the client fetches them, and only where its `media.urls` says so
    imageOutputs: false,
    audioOutputs: false,
    videoOutputs: false,
    ...told("image", "imageInputs"),
    ...told("audio", "audioInputs"),
    ...told("video", "videoInputs"),
    ...told("reasoning", "reasoningOutput"),
  };
}
