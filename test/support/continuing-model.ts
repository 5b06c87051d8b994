import type { OllamaProvider } from "../../src/providers/ollama/index.ts";

/** ChatML that leaves a last message of the assistant open, as Ollama's own library has it and its automatic templates have not. */
const template = [
  "{{- range $i, $_ := .Messages }}{{- $last := eq (len (slice $.Messages $i)) 1 }}",
  "<|im_start|>{{ .Role }}\n{{ .Content }}",
  '{{ if not (and $last (eq .Role "assistant")) }}<|im_end|>\n{{ end }}',
  '{{ if and $last (ne .Role "assistant") }}<|im_start|>assistant\n{{ end }}{{ end }}',
].join("");

/** The name of the model that continues what the assistant began. */
export const continuingModel = "smollm2-continuing";

/** Makes that model of SmolLM2, in the store of a running Ollama. */
export function createContinuingModel(provider: OllamaProvider): Promise<void> {
  return provider.create({ model: continuingModel, from: "smollm2", template }).done;
}
