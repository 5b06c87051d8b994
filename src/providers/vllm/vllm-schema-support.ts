import type { SchemaSupport } from "../../core/schema-support.ts";

/**
 * What vLLM (0.32.0) holds a model to by xgrammar, its first choice: a schema with anything else goes to a second engine,
 * which refuses more.
 */
export const vllmSchemaSupport: SchemaSupport = {
  server: "vLLM",
  any: {},
  patterns: true,
  formats: ["date", "time", "date-time", "duration", "uuid", "email", "hostname", "ipv4", "ipv6", "uri"],
  lengths: true,
  numberBounds: true,
  integerBounds: true,
  tuples: "full",
  itemCounts: true,
  propertyCounts: true,
  namePatterns: true,
  awkwardNames: true,
  maxRepetition: 1_000,
};
