import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import { askJson, type Endpoint } from "../../http/endpoint.ts";
import { arrayOf, isIndex, numberOf, objectOf, type JsonObject } from "../../http/json.ts";

/** What `score` takes: one query for all documents, or as many of one as of the other. */
export interface ScoreInput {
  /** Default: the model that vLLM serves. */
  readonly model?: string;
  readonly queries: string | readonly string[];
  readonly documents: string | readonly string[];
}

/** What `pool` takes. */
export interface PoolingInput {
  /** Default: the model that vLLM serves. */
  readonly model?: string;
  readonly inputs: string | readonly string[];
  /** Default: the model's own. `token_embed` and `token_classify` give a vector for each token. */
  readonly task?: "embed" | "classify" | "token_embed" | "token_classify" | "plugin";
}

/** What the model made of one input: a vector, or one for each token. */
export type Pooled = readonly number[] | readonly (readonly number[])[];

const scoreNames: Record<keyof ScoreInput, 1> = { model: 1, queries: 1, documents: 1 };
const poolingNames: Record<keyof PoolingInput, 1> = { model: 1, inputs: 1, task: 1 };

/** Limits of a call that computes: as the client has them. */
const timeouts = { connectMs: 5_000, idleMs: 300_000 } as const;

/** `POST /score`: a score for each pair, in the order of the documents. */
export async function score(endpoint: Endpoint, input: ScoreInput, signal?: AbortSignal): Promise<readonly number[]> {
  checkOptions("score", input, scoreNames);
  const { model, queries, documents } = input;
  const reply = await askJson(endpoint, {
    method: "POST",
    path: "/score",
    body: { model, queries, documents },
    signal,
    timeouts,
  });
  const pairs = Math.max(countOf(queries), countOf(documents));
  return byIndex(reply, pairs, (entry) => numberOf(entry["score"]));
}

/** `POST /pooling`: what the model makes of each input, in their order. */
export async function pool(endpoint: Endpoint, input: PoolingInput, signal?: AbortSignal): Promise<readonly Pooled[]> {
  checkOptions("pool", input, poolingNames);
  const { model, inputs, task } = input;
  const body = { model, input: inputs, task };
  const reply = await askJson(endpoint, { method: "POST", path: "/pooling", body, signal, timeouts });
  return byIndex(reply, countOf(inputs), (entry) =>
    Array.isArray(entry["data"]) ? (entry["data"] as Pooled) : undefined,
  );
}

const countOf = (texts: string | readonly string[]): number => (typeof texts === "string" ? 1 : texts.length);

/** The values of `data: [{ index, … }]`: one for each place, or an error. */
function byIndex<Value>(
  reply: unknown,
  length: number,
  valueOf: (entry: JsonObject) => Value | undefined,
): readonly Value[] {
  const values = new Map<number, Value>();
  for (const [place, entry] of arrayOf(objectOf(reply)["data"]).map(objectOf).entries()) {
    const index = numberOf(entry["index"]) ?? place;
    const value = valueOf(entry);
    if (value !== undefined && isIndex(index, length)) values.set(index, value);
  }
  if (values.size !== length) {
    throw new InhouseError("protocol", `The server sent ${values.size} results for ${length} inputs.`);
  }
  return Array.from({ length }, (_, index) => values.get(index) as Value);
}
