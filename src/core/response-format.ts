/** A form that the answer must have; the server holds the model to it while it generates. */
export type ResponseFormat =
  /** Any JSON object. */
  | { readonly type: "json" }
  /** JSON that fits the schema. */
  | {
      readonly type: "json-schema";
      /** JSON Schema. What the server does not enforce of it is left out of what is sent, with a warning. */
      readonly schema: Readonly<Record<string, unknown>>;
      /** Names the schema to the server. Default `answer`. */
      readonly name?: string;
    }
  /** One of these texts, and nothing else. */
  | { readonly type: "choice"; readonly options: readonly string[] }
  /** Text that the regular expression (of JavaScript, with the flag `u`) matches from beginning to end. */
  | { readonly type: "regex"; readonly pattern: string }
  /** Text of a grammar with a rule `root` (GBNF: llama-server, vLLM) or `start` (Lark: vLLM). */
  | { readonly type: "grammar"; readonly grammar: string; readonly syntax: GrammarSyntax };

/** The notation of a grammar. */
export type GrammarSyntax = "gbnf" | "lark";
