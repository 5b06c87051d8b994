/**
 * A lowered schema as its server reads it: `pattern` is compared with a string as JSON writes it. Of the strings that a
 * document has, those are listed which match, so that a validator of JSON Schema can check the document.
 */
export function readOnJson(schema: unknown, document: unknown): unknown {
  return replaced(schema, [...stringsIn(document)]);
}

function replaced(schema: unknown, texts: readonly string[]): unknown {
  if (Array.isArray(schema)) return schema.map((item) => replaced(item, texts));
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === "const" || key === "enum") return [key, value];
      if (key !== "pattern" || typeof value !== "string") return [key, replaced(value, texts)];
      const matches = new RegExp(value, "u");
      const fitting = texts.filter((text) => matches.test(JSON.stringify(text).slice(1, -1)));
      return ["not", { type: "string", not: { enum: [...fitting, null] } }];
    }),
  );
}

/** Every string in a value, names of properties included. */
function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    yield key;
    yield* stringsIn(item);
  }
}
