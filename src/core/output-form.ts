import { describe } from "./check-options.ts";
import { refused } from "./json-schema.ts";
import type { GrammarSyntax, ResponseFormat } from "./response-format.ts";
import type { InferSchema, SchemaInput } from "./schema.ts";

/** A form of the answer other than a schema, as `json()`, `choice()`, `regex()` and `grammar()` make it. */
export interface OutputForm<Output = unknown> {
  /** How a server is asked for it. */
  readonly "~form": Exclude<ResponseFormat, { readonly type: "json-schema" }>;
  /** The type of the output; there is no value. */
  readonly "~output"?: Output;
}

/** What `output` takes: a schema, or another form of the answer. */
export type OutputInput = SchemaInput | OutputForm;

/** The type of what `output` gives. */
export type InferOutput<Given> = Given extends OutputForm<infer Output> ? Output : InferSchema<Given>;

/** A JSON object of any shape. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Any JSON object: JSON mode. Name in the messages what is to be in it. */
export const json = (): OutputForm<JsonObject> => ({ "~form": { type: "json" } });

/**
 * One of these texts, and nothing else. Throws `invalid-request` where there is none, or one that is empty or there twice.
 *
 * @example
 * const { output } = await client.chat({ messages: "Is it urgent?", output: choice(["yes", "no"]) });
 */
export function choice<const Options extends readonly string[]>(options: Options): OutputForm<Options[number]> {
  if (!Array.isArray(options) || options.length === 0)
    throw refused("choice", "expected a list of texts that is not empty");
  for (const [index, option] of (options as readonly unknown[]).entries()) {
    if (typeof option !== "string" || option === "")
      throw refused(`choice[${index}]`, `expected text, got ${describe(option)}`);
    if (options.indexOf(option) < index) throw refused(`choice[${index}]`, `"${option}" is there twice`);
  }
  return { "~form": { type: "choice", options: [...options] } };
}

/**
 * Text that a regular expression matches from beginning to end. Of a `RegExp`, the flags `u` and `v` may be there and no
 * others. Look-around, references back and word boundaries are refused at the call (`invalid-request`), as no server can
 * hold a model to them; in exchange, the check of the answer takes time in proportion to its length, whatever the
 * expression.
 */
export function regex(pattern: string | RegExp): OutputForm<string> {
  const source = pattern instanceof RegExp ? pattern.source : pattern;
  if (typeof source !== "string") throw refused("regex", `expected a regular expression, got ${describe(pattern)}`);
  if (pattern instanceof RegExp && /[^uvgyd]/.test(pattern.flags))
    throw refused("regex", `the flags "${pattern.flags}" cannot be enforced`);
  return { "~form": { type: "regex", pattern: source } };
}

/**
 * Text of a grammar: GBNF with a rule `root` (llama-server, vLLM), or Lark with a rule `start` (vLLM). The server alone
 * checks it; what is checked here is that the answer was not cut.
 */
export function grammar(text: string, { syntax }: { readonly syntax: GrammarSyntax }): OutputForm<string> {
  if (typeof text !== "string" || text.trim() === "") throw refused("grammar", "expected the text of a grammar");
  if (syntax !== "gbnf" && syntax !== "lark") throw refused("grammar: syntax", "expected gbnf or lark");
  return { "~form": { type: "grammar", grammar: text, syntax } };
}

/** The form where there is one; undefined for a schema. */
export function formOf(given: unknown): OutputForm["~form"] | undefined {
  return typeof given === "object" && given !== null && "~form" in given ? (given as OutputForm)["~form"] : undefined;
}
