import type { ReasoningEffort } from "../../core/request.ts";
import {
  openaiDialect,
  type BodyFields,
  type Dialect,
  type WriteResponseFormat,
} from "../openai-compatible/openai-dialect.ts";
import { vllmSchemaSupport } from "./vllm-schema-support.ts";

/** The same for both of its protocols (0.32.0): a constraint that the server refuses where it cannot hold to it. */
const responseFormat: WriteResponseFormat = async (format) =>
  (await import("./vllm-response-format.ts")).vllmResponseFormat(format);

/**
 * vLLM gives the degree to the chat template, together with `enable_thinking`, which is false for `none` alone. Of the
 * models that take degrees all take `high`; gpt-oss refuses `none`, Mistral's take `none` and `high` only.
 */
function reasoningEffort(reasoning: boolean | ReasoningEffort): BodyFields {
  return { reasoning_effort: typeof reasoning === "string" ? reasoning : reasoning ? "high" : "none" };
}

/** How vLLM (0.32.0) speaks the OpenAI protocol. */
export const vllmDialect: Dialect = {
  ...openaiDialect,
  paths: {
    chat: "/v1/chat/completions",
    completion: "/v1/completions",
    embedding: "/v1/embeddings",
    rerank: "/rerank",
    transcription: "/v1/audio/transcriptions",
  },
  sampling: {
    ...openaiDialect.sampling,
    topK: "top_k",
    minP: "min_p",
    repeatPenalty: "repetition_penalty",
    ignoreEos: "ignore_eos",
    grammar: (grammar) => ({ structured_outputs: { grammar } }),
  },
  suffix: true, // models without a form for it answer 400
  responseFormat: { chat: responseFormat, completion: responseFormat },
  schemaSupport: vllmSchemaSupport,
  reasoning: reasoningEffort,
  reasoningBudget: (maxTokens) => ({ ...reasoningEffort(true), thinking_token_budget: maxTokens }),
  // The ids tell which token is the prompt's own: a JSON object has no order that could.
  promptLogprobs: (alternatives) => ({ prompt_logprobs: alternatives, return_token_ids: true }),
  // An abort is noticed either way. But a stopped server may leave a reply open for ever, which only the idle limit of a
  // stream ends, and a tool call cut by the token limit comes as text where it does not stream.
  alwaysStreams: true,
  reasoningFields: ["reasoning", "reasoning_content"], // the second one until 0.11
  reasoningInput: "reasoning",
  prefillExtras: { continue_final_message: true, add_generation_prompt: false },
  strictTools: true,
  toolGrammar: "forced",
  embeddingEncoding: "base64",
  video: "video_url",
  transcription: {
    text: { response_format: "json" },
    segment: { response_format: "verbose_json" }, // that it takes "word" for a granularity is all it does about it
    stream: { stream: "true", stream_include_usage: "true" },
    alwaysStreams: false,
    temperature: true,
  },
  classify: async (report) => (await import("./vllm-classify.ts")).classifyVllm(report),
};
