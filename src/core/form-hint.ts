import type { ResponseFormat } from "./response-format.ts";

/** What to do where a server cannot hold a model to a form of the answer. */
export function formHint(format: ResponseFormat): string {
  switch (format.type) {
    case "choice":
      return "Ask for an object with an enum, or with outputStrategy: prompted.";
    case "regex":
      return "Ask for an object with a string that has a pattern, or with outputStrategy: prompted.";
    case "grammar":
      return format.syntax === "gbnf" ? "llama-server and vLLM take GBNF." : "vLLM takes Lark.";
    case "json":
    case "json-schema":
      return "Ask with outputStrategy: prompted.";
  }
}
