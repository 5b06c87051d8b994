import type { ModelRequest } from "../../core/request.ts";
import type { OpenAIEncoding } from "../openai-compatible/openai-generation.ts";
import { llamacppDialect } from "./llamacpp-dialect.ts";

/** How a request is written for llama-server, with what its `providerOptions` add to the body. */
export async function llamacppEncoding({ kind, providerOptions }: ModelRequest): Promise<OpenAIEncoding> {
  const options = providerOptions?.["llamacpp"];
  const extras = options ? (await import("./llamacpp-options.ts")).encodeLlamacppOptions(options, kind) : {};
  return { provider: "llamacpp", dialect: llamacppDialect, extras };
}
