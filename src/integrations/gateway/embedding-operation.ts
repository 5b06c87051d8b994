import { knownFields, numberField } from "./body-fields.ts";
import { wrongField } from "./gateway-error.ts";
import type { Answered, Given } from "./operation.ts";
import { readJson } from "./read-body.ts";
import { warningsOf } from "./wire-answers.ts";

const fieldNames = { model: 1, input: 1, dimensions: 1, encoding_format: 1 };

/** `POST /v1/embeddings`. */
export async function embeddingOperation(given: Given): Promise<Answered> {
  const fields = knownFields(await readJson(given.request, given.bounds), fieldNames, {});
  const input = textsOf(fields["input"]);
  const dimensions = numberField(fields, "dimensions", { min: 1, integer: true });
  const encoding = fields["encoding_format"] ?? "float";
  if (encoding !== "float" && encoding !== "base64") throw wrongField("encoding_format", "expected float or base64");
  const { client, name, call } = await given.target(fields["model"], false);
  const result = await client.embed({ input, ...(dimensions === undefined ? {} : { dimensions }), ...call });
  const tokens = result.usage?.inputTokens;
  return {
    result,
    body: {
      object: "list",
      model: name ?? result.model ?? "",
      data: result.embeddings.map((vector, index) => ({
        object: "embedding",
        index,
        embedding: encoding === "float" ? vector : base64Of(vector),
      })),
      ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
      ...warningsOf(result.warnings),
    },
  };
}

function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((entry) => typeof entry === "string")) return list;
  const tokens = list.some((entry) => typeof entry === "number" || Array.isArray(entry));
  if (!tokens) throw wrongField("input", "expected a text, or a list of some");
  throw wrongField(
    "input",
    "texts are embedded, and not the numbers of tokens, which are OpenAI's",
    "LangChain's OpenAIEmbeddings sends texts with check_embedding_ctx_length=False.",
  );
}

/** Numbers of 32 bits, the lowest byte first, whatever machine this is. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}
