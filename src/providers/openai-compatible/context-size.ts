import { numberOf, objectOf } from "../../http/json.ts";
import type { Reading, ErrorReport } from "../../http/status-failure.ts";

/** llama.cpp's report of a prompt over the window, with both numbers; Ollama (0.34.2) hands it on. */
export function exceededContext({ body }: ErrorReport, hint: string): Reading | undefined {
  const error = objectOf(body["error"]);
  if (error["type"] !== "exceed_context_size_error") return undefined;
  const promptTokens = numberOf(error["n_prompt_tokens"]);
  const contextLength = numberOf(error["n_ctx"]);
  return {
    code: "context-length",
    hint,
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(contextLength === undefined ? {} : { contextLength }),
  };
}
