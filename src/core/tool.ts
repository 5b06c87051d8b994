/** A tool as a model sees it. */
export interface ToolDefinition {
  /** Letters, digits, `_` and `-`; unique within a request. */
  readonly name: string;
  /** What the tool does and when to use it. */
  readonly description?: string;
  /** JSON Schema of the arguments object. Default: any object. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/**
 * Whether the model calls tools: as it likes (`auto`, the default), never (`none`), at least once (`required`), or this
 * one by name. A reply without a call under `required` or a name is an error (`tool`), not prose.
 */
export type ToolChoice = "auto" | "none" | "required" | { readonly name: string };

/**
 * How tools are brought to a model: by the server's own means (`native`); a forced call by a JSON schema of the calls, which
 * leaves the model nothing else to write (`schema`); or described in the prompt, and the calls read from the text
 * (`prompted`).
 */
export type ToolStrategy = "native" | "schema" | "prompted";
