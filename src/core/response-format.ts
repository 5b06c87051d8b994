/** A form that the answer must have; the server holds the model to it while it generates. */
export type ResponseFormat =
  /** Any JSON object. */
  | { readonly type: "json" }
  /** JSON that fits the schema. */
  | {
      readonly type: "json-schema";
      /** JSON Schema. Servers heed a part of it: look-ahead in `pattern` is ignored by llama-server and Ollama. */
      readonly schema: Readonly<Record<string, unknown>>;
      /** Names the schema to the server. Default `answer`. */
      readonly name?: string;
    };
