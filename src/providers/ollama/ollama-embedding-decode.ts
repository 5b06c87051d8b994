import { InhouseError } from "../../core/error.ts";
import { arrayOf, isObject, numberOf, stringOf, type JsonObject } from "../../http/json.ts";
import type { Decoder } from "../../http/wire-request.ts";
import { unfinished } from "../openai-compatible/openai-finish.ts";

/** Decodes `embeddings: [[…]]`: one finite vector for each input, in their order, all of one length. */
export function ollamaEmbeddingDecoder(inputs: number, dimensions: number | undefined): Decoder {
  let reply: JsonObject | undefined;
  return {
    complete: false,
    value(value, batch) {
      if (!isObject(value) || !Array.isArray(value["embeddings"])) throw wrong("no embeddings");
      reply = value;
      const vectors = value["embeddings"].map(vectorOf);
      if (vectors.length !== inputs) throw wrong(`${vectors.length} vectors for ${inputs} inputs`);
      const [length = 0] = vectors.map((vector) => vector.length);
      if (vectors.some((vector) => vector.length !== length)) throw wrong("vectors of different lengths");
      if (dimensions !== undefined && length !== dimensions) throw tooShort(length, dimensions);
      vectors.forEach((vector, index) => batch.push({ type: "embedding", index, vector }));
    },
    end(batch) {
      if (!reply) throw unfinished(false);
      const model = stringOf(reply["model"]);
      const inputTokens = numberOf(reply["prompt_eval_count"]);
      batch.push({
        type: "finish",
        finishReasons: [],
        ...(model ? { model } : {}),
        ...(inputTokens === undefined ? {} : { usage: { inputTokens, outputTokens: 0 } }),
      });
    },
  };
}

function vectorOf(value: unknown): readonly number[] {
  const vector = arrayOf(value);
  if (vector.length === 0) throw wrong("an empty vector");
  for (const component of vector) if (!Number.isFinite(component)) throw wrong("a vector with something but numbers");
  return vector as readonly number[];
}

/** Ollama (0.34.2) gives the whole vector where more is asked for than it has. */
const tooShort = (length: number, dimensions: number): InhouseError =>
  new InhouseError("invalid-request", `dimensions: ${dimensions} cannot be had of vectors of ${length}.`, {
    hint: `Ask for at most ${length}, or leave dimensions out.`,
  });

const wrong = (what: string): InhouseError => new InhouseError("protocol", `The server sent ${what}.`);
