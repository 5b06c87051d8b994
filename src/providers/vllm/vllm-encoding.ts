import type { ModelRequest } from "../../core/request.ts";
import type { OpenAIEncoding } from "../openai-compatible/openai-generation.ts";
import { vllmDialect } from "./vllm-dialect.ts";

/** How a request is written for vLLM, with what its `providerOptions` change of it and add to the body. */
export async function vllmEncoding(request: ModelRequest): Promise<OpenAIEncoding> {
  const options = request.providerOptions?.["vllm"];
  if (!options) return { provider: "vllm", dialect: vllmDialect, extras: {} };
  const { encodeVllmOptions } = await import("./vllm-options.ts");
  const extras = encodeVllmOptions(options, request);
  const dialect = {
    ...vllmDialect,
    ...(options["strictTools"] === false ? { strictTools: false } : {}),
    ...(options["thinkingOpened"] === true ? { reasoningTags: "opened" as const } : {}),
  };
  return { provider: "vllm", dialect, extras };
}
