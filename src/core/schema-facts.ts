import type { JsonSchema } from "./json-schema.ts";
import type { SchemaIndex, SchemaNode } from "./schema-index.ts";

/** A schema that is an object and holds by itself: what it refers to and combines is told apart. */
export interface Fact extends SchemaNode {
  readonly schema: JsonSchema;
}

/** Schemas that all hold at once. */
export interface Facts {
  readonly facts: readonly Fact[];
  /** Of each choice, one of its options holds as well; an option is a list of schemas that hold together. */
  readonly choices: readonly (readonly (readonly SchemaNode[])[])[];
}

/** Notes that a keyword is not heeded, and why not; the path is that of the schema which has it. */
export type Relax = (node: SchemaNode, keyword: string, why: string) => void;

/** Keywords that combine schemas or refer to one. */
const combining = ["$ref", "allOf", "anyOf", "oneOf", "if", "then", "else"];
/** Keywords that restrict and have no place in any grammar. */
const lost = [
  "not",
  "dependentSchemas",
  "dependentRequired",
  "dependencies",
  "unevaluatedItems",
  "$dynamicRef",
  "$recursiveRef",
];

/** Takes schemas that hold together apart; `undefined` where nothing fits them. */
export function factsOf(nodes: readonly SchemaNode[], index: SchemaIndex, relax: Relax): Facts | undefined {
  const facts: Fact[] = [];
  const choices: (readonly (readonly SchemaNode[])[])[] = [];
  const seen = new Set<string>();

  function add(node: SchemaNode): boolean {
    const { schema } = node;
    if (typeof schema === "boolean") return schema;
    if (seen.has(node.id)) return true;
    seen.add(node.id);
    const { $ref } = schema;
    if (typeof $ref === "string" && !add(index.resolve(node, $ref))) return false;
    if (typeof $ref === "string" && index.bareRefs) return true;
    if (isNothing(schema["not"])) return false;
    for (const keyword of lost) if (keyword in schema) relax(node, keyword, "no grammar can say it");
    const parts = listOf(node, "allOf", index);
    facts.push(node as Fact);
    for (const keyword of ["anyOf", "oneOf"]) {
      if (keyword in schema) choices.push(listOf(node, keyword, index).map((option) => [option]));
    }
    addCondition(node as Fact);
    return parts.every(add);
  }

  /** Either the condition and what follows from it, or what follows otherwise; its opposite cannot be said. */
  function addCondition(node: Fact): void {
    const { schema } = node;
    if (!("if" in schema) || !("then" in schema || "else" in schema)) return;
    const part = (key: string): SchemaNode[] => (key in schema ? [index.child(node, schema[key], key)] : []);
    const condition = part("if");
    if ("else" in schema) choices.push([[...condition, ...part("then")], part("else")]);
    relax(node, "if", "else" in schema ? "either branch is taken" : "no grammar can say it");
  }

  return nodes.every(add) ? { facts, choices } : undefined;
}

/** What a fact says by itself, as one schema among those that hold. */
export function withoutCombining(fact: Fact): JsonSchema {
  return Object.fromEntries(Object.entries(fact.schema).filter(([key]) => !combining.includes(key)));
}

function listOf(node: SchemaNode, keyword: string, index: SchemaIndex): readonly SchemaNode[] {
  const list = typeof node.schema === "object" ? node.schema[keyword] : undefined;
  return Array.isArray(list) ? list.map((item, at) => index.child(node, item, keyword, at)) : [];
}

const isNothing = (not: unknown): boolean =>
  not === true || (typeof not === "object" && not !== null && Object.keys(not).length === 0);
