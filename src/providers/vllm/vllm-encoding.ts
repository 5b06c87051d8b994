import type { ModelRequest } from "../../core/request.ts";
import type { OpenAIEncoding } from "../openai-compatible/openai-generation.ts";
import { vllmDialect } from "./vllm-dialect.ts";

/** How a request is written for vLLM, with what its `providerOptions` add to the body. */
export async function vllmEncoding(request: ModelRequest): Promise<OpenAIEncoding> {
  const options = request.providerOptions?.["vllm"];
  const extras = options ? (await import("./vllm-options.ts")).encodeVllmOptions(options, request) : {};
  return { provider: "vllm", dialect: vllmDialect, extras };
}
