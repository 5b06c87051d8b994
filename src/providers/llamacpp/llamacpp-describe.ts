import { byReply, no, unknown, yes, type Capabilities } from "../../core/capability.ts";
import type { ModelInfo } from "../../core/provider.ts";
import { numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import { modelInfoOf } from "../openai-compatible/openai-models.ts";
import { hearingHint, llamacppCapabilities, mmprojHint } from "./llamacpp-capabilities.ts";

/** A model as `GET /v1/models` tells of it. */
export function llamacppModelInfo(entry: JsonObject): ModelInfo {
  const meta = objectOf(entry["meta"]);
  const inputs = objectOf(entry["architecture"])["input_modalities"];
  const modality = (name: string, hint = mmprojHint) => {
    const evidence = `"${name}" in architecture.input_modalities of GET /v1/models`;
    return byReply(Array.isArray(inputs) ? inputs.includes(name) : undefined, evidence, hint);
  };
  const info = modelInfoOf(entry, {
    ...llamacppCapabilities,
    transcription: modality("audio", hearingHint),
    image: modality("image"),
    audio: modality("audio"),
    video: modality("video"),
  });
  return {
    ...info,
    ...present("contextLength", numberOf(meta["n_ctx"])),
    ...present("trainedContextLength", numberOf(meta["n_ctx_train"])),
    ...present("embeddingLength", numberOf(meta["n_embd"])),
    ...present("parameterCount", numberOf(meta["n_params"])),
    ...present("sizeBytes", numberOf(meta["size"])),
    ...present("quantization", stringOf(meta["ftype"])),
  };
}

/** Adds what `GET /props` tells about the loaded model. */
export function withProps(info: ModelInfo, props: JsonObject): ModelInfo {
  const caps = objectOf(props["chat_template_caps"]);
  const modalities = objectOf(props["modalities"]);
  const template = stringOf(props["chat_template"]) ?? "";
  const contextLength = numberOf(objectOf(props["default_generation_settings"])["n_ctx"]);
  const modality = (name: string, hint = mmprojHint) =>
    byReply(modalities[name], `modalities.${name} of GET /props`, hint);
  return {
    ...info,
    ...(contextLength === undefined || contextLength === 0 ? {} : { contextLength }),
    ...present("quantization", stringOf(props["model_ftype"])),
    capabilities: {
      ...info.capabilities,
      tools: byReply(
        caps["supports_tools"],
        "chat_template_caps.supports_tools of GET /props",
        "The template knows no tools, so they would be dropped in silence: start llama-server with a --chat-template-file that does.",
      ),
      reasoning: thinks(template),
      reasoningSwitch: switchesThinking(template),
      reasoningEffort: knowsDegrees(template),
      reasoningBudget: endsThinking(thinks(template)),
      transcription: modality("audio", hearingHint),
      image: modality("vision"),
      audio: modality("audio"),
      video: modality("video"),
    },
  };
}

/** Thinking is announced nowhere, but a template that opens a thinking block, or takes a switch for it, gives it away. */
function thinks(template: string): Capabilities["reasoning"] {
  const mark = ["enable_thinking", "<think>", "[THINK]", "reasoning_content"].find((text) => template.includes(text));
  if (mark !== undefined) return yes(`GET /props: chat_template has ${mark}`);
  return template === "" ? unknown("GET /props: no chat_template") : no("GET /props: chat_template has no thinking");
}

function switchesThinking(template: string): Capabilities["reasoningSwitch"] {
  if (template === "") return unknown("GET /props: no chat_template");
  if (template.includes("enable_thinking")) return yes("GET /props: chat_template has enable_thinking");
  return no("GET /props: chat_template has no enable_thinking");
}

/** b11434 tells the same as `chat_template_caps.supports_reasoning_effort`, which older builds have not. */
function knowsDegrees(template: string): Capabilities["reasoningEffort"] {
  if (template === "") return unknown("GET /props: no chat_template");
  if (template.includes("reasoning_effort")) return yes("GET /props: chat_template has reasoning_effort");
  return no("GET /props: chat_template has no reasoning_effort");
}

/** b11434 ends the thinking of any model whose thinking it finds. */
function endsThinking({ supported, evidence }: Capabilities["reasoning"]): Capabilities["reasoningBudget"] {
  return { supported, evidence: supported === "yes" ? `${evidence}, and llama-server ends thinking` : evidence };
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { [name in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [name in Name]: Value });
}
