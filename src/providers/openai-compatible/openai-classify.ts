import type { Reading, ErrorReport } from "../../http/status-failure.ts";

/** Words in which servers say that a prompt is too long. */
const tooLong = /maximum context length|context[ _-](length|size|window)|max_model_len|too many tokens/i;

/** Words in which servers say that their model cannot, or that they were not started for it (vLLM 0.32.0, llama-server b11549). */
const cannot =
  /suffix is only supported|is not a multimodal model|requires --(enable-auto-tool-choice|tool-call-parser)|(image|audio|video) input is not supported/;

/** What an error's words tell beyond its status, on servers of which nothing else is known. */
export function classifyOpenAI({ status, message, body }: ErrorReport): Reading | undefined {
  // FastAPI's words for a route that there is not (vLLM, SGLang); a model that there is not has words of its own.
  if (status === 404 && body["detail"] === "Not Found") {
    return {
      code: "unsupported",
      hint: "The server has no such route: its model is not for this, or baseURL has a wrong path.",
    };
  }
  if (status === 400 && tooLong.test(message)) return { code: "context-length" };
  // llama-server calls this its own mistake.
  if ((status === 400 || status === 500) && cannot.test(message)) return { code: "unsupported" };
  if (status === 503 && /loading/i.test(message)) return { code: "not-ready" };
  return undefined;
}
