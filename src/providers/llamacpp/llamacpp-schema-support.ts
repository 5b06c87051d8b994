import type { SchemaSupport } from "../../core/schema-support.ts";

/**
 * What llama-server makes a grammar of (b11434, b11549): it takes a pattern on the JSON text, from `^` to `$`, skips
 * look-around in silence, reads `{}` as an object, and has bounds for integers alone.
 */
export const llamacppSchemaSupport: SchemaSupport = {
  server: "llama-server",
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
