import { no, unknown, yes, type Capabilities } from "../../core/capability.ts";

const embeddingHint = "Start llama-server with --embeddings --pooling mean (or the model's own pooling).";
/** What makes a server take pictures and sound. */
export const mmprojHint = "Start llama-server with a multimodal model and its --mmproj file.";

/** What makes a server hear. */
export const hearingHint =
  "Start llama-server with a model that hears, such as Voxtral, and its --mmproj file; or serve Whisper on vLLM or whisper.cpp's server.";

/** What llama-server can do before it was asked; how it was started decides the rest. */
export const llamacppCapabilities: Capabilities = {
  chat: yes("llama-server has it for every model"),
  completion: yes("llama-server has it for every model"),
  infill: unknown("it depends on the model's fill-in-the-middle tokens", "Without them /infill answers 501."),
  embedding: unknown("GET /props does not tell", embeddingHint),
  rerank: unknown("GET /props does not tell", "Start llama-server with --reranking and a reranker."),
  classification: no("llama-server has no classifiers"),
  transcription: unknown("it depends on --mmproj", hearingHint),
  tokenization: yes("llama-server has it for every model"),
  tools: unknown("it depends on the model's chat template"),
  // b11434 and b11549: under "required" the grammar begins with free text of any length; a name is served as "auto".
  forcedTools: no("llama-server lets the model write as much as it likes before a call"),
  reasoning: unknown("it depends on the model's chat template"),
  reasoningSwitch: unknown("it depends on the model's chat template"),
  reasoningEffort: unknown("it depends on the model's chat template"),
  reasoningBudget: unknown("it depends on the model's chat template"),
  structuredOutput: yes("llama-server turns schemas into grammars"),
  choice: yes("llama-server enforces GBNF"),
  regex: yes("llama-server enforces GBNF"),
  grammar: yes("llama-server enforces GBNF"),
  logprobs: yes("llama-server has it for every model"),
  image: unknown("it depends on --mmproj", mmprojHint),
  audio: unknown("it depends on --mmproj", mmprojHint),
  video: unknown("it depends on --mmproj", mmprojHint),
};
