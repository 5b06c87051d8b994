import { no, unknown, yes, type Capabilities, type Capability, type CapabilityName } from "../../core/capability.ts";

const byModel = unknown("it depends on the model: POST /api/show tells");

/** What Ollama can do before it was asked about a model. */
export const ollamaCapabilities: Capabilities = {
  chat: byModel,
  completion: byModel,
  infill: byModel,
  embedding: byModel,
  rerank: no("Ollama has no route for it"),
  classification: no("Ollama has no classifiers"),
  transcription: byModel,
  tokenization: no("Ollama has no route for it"),
  tools: byModel,
  forcedTools: no("Ollama ignores tool_choice"), // 0.34.2
  reasoning: byModel,
  reasoningSwitch: byModel,
  reasoningEffort: unknown("it depends on the model's template: POST /api/show tells"),
  reasoningBudget: no("Ollama takes degrees of thinking and no budget", 'Ask for "low", "medium" or "high".'),
  structuredOutput: yes("Ollama turns schemas into grammars"),
  choice: yes("a schema of one string with an enum"),
  regex: yes("a schema of one string with a pattern"),
  grammar: no("Ollama takes JSON Schema and no grammar of another kind"),
  logprobs: yes("Ollama has it for every model"),
  image: byModel,
  audio: byModel,
  video: no("Ollama takes no video"),
};

/** Ollama's word for each capability that it lists, and what a model without it needs. */
const names: readonly (readonly [capability: CapabilityName, word: string, hint?: string])[] = [
  ["chat", "completion"],
  ["completion", "completion"],
  ["infill", "insert", "Use a model whose template has a .Suffix, such as a code model."],
  ["embedding", "embedding", "Use an embedding model: GGUF metadata with a pooling type makes it one."],
  ["tools", "tools", "Ollama reads it from the template: use a model whose template shows .Tools."],
  ["reasoning", "thinking", "Ollama reads it from the template: use a model whose template shows .Thinking."],
  ["reasoningSwitch", "thinking"],
  [
    "transcription",
    "audio",
    'Use a model that hears, such as gemma4 (show() lists "audio"); or serve Whisper on vLLM or whisper.cpp\'s server.',
  ],
  ["image", "vision", "Use a multimodal model, or create one with its projector file."],
  ["audio", "audio", 'Use a model with a projector for sound: POST /api/show lists "audio" for it.'],
];

/** What a model can do, by the `capabilities` of `/api/show` or `/api/tags`; older versions list none there. */
export function capabilitiesOf(listed: unknown, source: string): Capabilities {
  if (!Array.isArray(listed)) return ollamaCapabilities;
  const told = names.map(([capability, word, hint]): [CapabilityName, Capability] => {
    const evidence = `capabilities of ${source}`;
    return listed.includes(word)
      ? [capability, yes(`${evidence} have "${word}"`)]
      : [capability, no(`${evidence} have no "${word}"`, hint)];
  });
  return { ...ollamaCapabilities, ...Object.fromEntries(told) };
}
