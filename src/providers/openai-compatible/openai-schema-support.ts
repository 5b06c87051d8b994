import type { SchemaSupport } from "../../core/schema-support.ts";

/** What may be expected of a server of which nothing is known: the kinds of values, their names, lists of values, unions. */
export const openaiSchemaSupport: SchemaSupport = {
  server: "this server",
  any: {},
  patterns: false,
  formats: [],
  lengths: false,
  numberBounds: false,
  integerBounds: false,
  tuples: "none",
  itemCounts: false,
  propertyCounts: false,
  namePatterns: false,
  awkwardNames: true,
  maxRepetition: 1_000,
};
