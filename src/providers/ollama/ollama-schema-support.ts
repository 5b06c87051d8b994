import type { SchemaSupport } from "../../core/schema-support.ts";

/** What Ollama (0.34.2) holds a model to: it hands the schema to llama.cpp, which makes a grammar of it. */
export const ollamaSchemaSupport: SchemaSupport = {
  server: "Ollama",
  any: { type: ["object", "array", "string", "number", "boolean", "null"] },
  patterns: true,
  formats: ["date", "time", "date-time", "uuid"],
  lengths: true,
  numberBounds: false,
  integerBounds: true,
  tuples: "exact",
  itemCounts: true,
  propertyCounts: false,
  namePatterns: false,
  awkwardNames: false,
  maxRepetition: 1_000,
};
