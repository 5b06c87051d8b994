import { jsonValidator } from "../../src/core/json-schema-validator.ts";
import type { JsonSchema } from "../../src/core/json-schema.ts";
import { type SchemaFeature, schemaWith } from "./schema-features.ts";

/**
 * What a server does with a keyword. `enforced`: no answer was against it, though without it some were. `ignored`: an
 * answer was against it. `refused`: the request was. `not shown`: no answer was against it, nor without it.
 */
export type FeatureOutcome = "enforced" | "ignored" | "refused" | "not shown";

/** Asks for an answer of a schema, as the server's own protocol has it; undefined where the server refuses. */
export type Ask = (
  schema: JsonSchema,
  prompt: string,
  temperature: number,
  seed: number,
) => Promise<string | undefined>;

/** One answer that takes no chances, and some that do. */
const tries = [
  [0, 1],
  [1, 2],
  [1, 3],
] as const;

/** Has a model told to write what a keyword forbids, with it and without. */
export async function featureOutcome(feature: SchemaFeature, ask: Ask): Promise<FeatureOutcome> {
  const { schema, without, told, root } = feature;
  const strict = schemaWith(schema, root);
  const fits = await jsonValidator(strict);
  const prompt = `Answer with exactly this JSON, and nothing else: ${JSON.stringify({ v: told })}`;

  /** What the answers to a schema are: the worst of them. */
  async function seen(asked: JsonSchema): Promise<"fits" | "against" | "refused" | "cut"> {
    let whole = 0;
    for (const [temperature, seed] of tries) {
      const text = await ask(asked, prompt, temperature, seed);
      if (text === undefined) return "refused";
      const value = parsed(text);
      if (value === undefined) continue; // cut by the token limit
      if (fits(value).length > 0) return "against";
      whole += 1;
    }
    return whole > 0 ? "fits" : "cut";
  }

  const outcome = await seen(strict);
  if (outcome === "refused") return "refused";
  if (outcome === "against") {
    // An empty schema is an object for some servers, which is against nothing: then it is narrower than it says.
    return "ignored";
  }
  return (await seen(schemaWith(without))) === "against" ? "enforced" : "not shown";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
