import type { JsonSchema } from "./json-schema.ts";
import { refused } from "./json-schema.ts";
import { lowerLeaf } from "./lower-leaf.ts";
import type { Form, Lowering } from "./lowering.ts";
import { factsOf, withoutCombining, type Fact, type Facts, type Relax } from "./schema-facts.ts";
import { schemaIndex, type SchemaNode } from "./schema-index.ts";
import type { SchemaSupport } from "./schema-support.ts";
import { anyOf, areApart } from "./union-form.ts";

/** A keyword that the server does not hold the model to. */
export interface Relaxation {
  /** JSON pointer to the schema that has the keyword. */
  readonly path: string;
  readonly keyword: string;
  readonly why: string;
}

/** A schema as a server is given it. */
export interface LoweredSchema {
  readonly schema: JsonSchema;
  /** What the server does not check, each once. */
  readonly relaxations: readonly Relaxation[];
}

/** Most ways in which choices that hold together are combined, and most schemas that one is unfolded to. */
const maxCombinations = 64;
const maxSchemas = 5_000;

/** Keywords that restrict nothing. */
const annotations =
  /^(?:title|description|default|examples|deprecated|readOnly|writeOnly|\$(?:comment|schema|id|anchor|defs|dynamicAnchor|vocabulary)|definitions|content\w+|unevaluated\w+)$/;

/**
 * A schema in the words that a server enforces. It is wider and never narrower: what fits the given schema fits the lowered
 * one, so what comes must still be checked against the given one. All that holds together (`allOf`, `$ref` and its
 * siblings) becomes one schema; what cannot be said is left out and told. Throws `invalid-request` with the path for a
 * schema that nothing fits, and for a reference that leads nowhere.
 */
export function lowerSchema(place: string, schema: JsonSchema, support: SchemaSupport): LoweredSchema {
  const index = schemaIndex(place, schema);
  const relaxations = new Map<string, Relaxation>();
  const relax: Relax = ({ path }, keyword, why) => {
    const key = `${path} ${keyword}`;
    if (!relaxations.has(key)) relaxations.set(key, { path, keyword, why });
  };
  const forms = lowerer({ index, support, relax });
  const form = forms.lower([index.root]);
  if (form === false) throw refused(place, "no value fits this schema");
  const root = form === true ? support.any : form;
  const definitions = forms.definitions();
  return {
    schema: Object.keys(definitions).length > 0 ? { ...root, $defs: definitions } : root,
    relaxations: [...relaxations.values()],
  };
}

/** A position that is being lowered: who comes back to it is given its name. */
interface Position {
  readonly name: string;
  readonly depth: number;
  isNamed: boolean;
}

function lowerer({ index, support, relax }: Pick<Lowering, "index" | "support" | "relax">) {
  const open = new Map<string, Position>();
  const done = new Map<string, Form>();
  const defined: Record<string, JsonSchema> = {};
  const names = new Set<string>();
  const options = new Map<string, JsonSchema>();
  const bare = new Map<string, SchemaNode>();
  let depth = 0;
  let count = 0;

  const lowering: Lowering = {
    index,
    support,
    relax,
    either(fact, list) {
      const made = options.get(fact.id) ?? { anyOf: list };
      options.set(fact.id, made);
      return made;
    },
    below(nodes) {
      depth += 1;
      const form = lower(nodes);
      depth -= 1;
      return form;
    },
  };

  function lower(given: readonly SchemaNode[]): Form {
    const nodes = [...new Map(given.map((node) => [node.id, node])).values()].filter(({ schema }) => schema !== true);
    const [only] = nodes;
    if (!only) return true;
    const target = nodes.length === 1 ? referredBy(only) : only;
    const position = nodes.length === 1 ? [target] : nodes;
    const key = position
      .map(({ id }) => id)
      .toSorted()
      .join(" ");
    const known = done.get(key);
    if (known !== undefined) return known;
    const opened = open.get(key);
    if (opened) {
      if (opened.depth === depth) return false; // it is itself, or something else: then something else
      opened.isNamed = true;
      return { $ref: `#/$defs/${opened.name}` };
    }
    count += 1;
    if (count > maxSchemas) {
      relax(only, "$ref", `it unfolds to more than ${maxSchemas} schemas`);
      return true;
    }
    const here: Position = { name: newName(target), depth, isNamed: false };
    open.set(key, here);
    const form = combined(position);
    open.delete(key);
    if (typeof form !== "object" || !(here.isNamed || (depth > 0 && target !== only && isLarge(form)))) return form;
    defined[here.name] = form;
    const reference = { $ref: `#/$defs/${here.name}` };
    done.set(key, reference);
    return depth === 0 ? form : reference;
  }

  function combined(nodes: readonly SchemaNode[]): Form {
    const found = factsOf(nodes, index, relax);
    if (!found) return false;
    const closed = closes(nodes, found);
    return found.choices.length > 0 ? chosen(found) : lowerLeaf(found.facts, closed, lowering);
  }

  /** Every way to choose, each together with what holds anyhow. */
  function chosen({ facts, choices }: Facts): Form {
    const held = facts.map(bareNode).filter((node) => node !== undefined);
    let ways: readonly (readonly SchemaNode[])[] = [[]];
    for (const choice of choices) {
      const more = ways.flatMap((way) => choice.map((option) => [...way, ...option]));
      if (more.length <= maxCombinations) ways = more;
      else for (const fact of facts) relaxCombining(fact, "together with others these are too many ways");
    }
    const forms = ways.map((way) => lower([...held, ...way]));
    if (!areApart(forms.map(followed)))
      for (const fact of facts) if ("oneOf" in fact.schema) relax(fact, "oneOf", "more than one may fit");
    return anyOf(forms);
  }

  function relaxCombining(fact: Fact, why: string): void {
    for (const keyword of ["anyOf", "oneOf"]) if (keyword in fact.schema) relax(fact, keyword, why);
  }

  /** What a fact says by itself; undefined where it says nothing. */
  function bareNode(fact: Fact): SchemaNode | undefined {
    const schema = withoutCombining(fact);
    if (Object.keys(schema).length === Object.keys(fact.schema).length) return isSilent(schema) ? undefined : fact;
    if (isSilent(schema)) return undefined;
    const node = bare.get(fact.id) ?? { ...fact, schema, id: `${fact.id}.` };
    bare.set(fact.id, node);
    return node;
  }

  function followed(form: Form): Form {
    const reference = typeof form === "object" ? form["$ref"] : undefined;
    return typeof reference === "string" ? (defined[reference.slice("#/$defs/".length)] ?? form) : form;
  }

  /** The schema that a mere reference means, through any number of them. */
  function referredBy(node: SchemaNode, seen: readonly string[] = []): SchemaNode {
    const { schema } = node;
    if (typeof schema === "boolean" || typeof schema["$ref"] !== "string" || seen.includes(node.id)) return node;
    const others = Object.keys(schema).filter((key) => key !== "$ref" && !annotations.test(key));
    const alone = index.bareRefs || (others.length === 0 && !("unevaluatedProperties" in schema));
    return alone ? referredBy(index.resolve(node, schema["$ref"]), [...seen, node.id]) : node;
  }

  /** `unevaluatedProperties: false` is the same as no other properties where all that holds stands under one schema. */
  function closes([first, ...others]: readonly SchemaNode[], { facts, choices }: Facts): boolean {
    const strict = facts.filter(
      ({ schema }) => "unevaluatedProperties" in schema && schema["unevaluatedProperties"] !== true,
    );
    const [sole] = strict;
    if (!sole) return false;
    const simple =
      others.length === 0 &&
      choices.length === 0 &&
      strict.length === 1 &&
      sole.id === first?.id &&
      sole.schema["unevaluatedProperties"] === false &&
      facts.every(
        ({ schema }) => !("patternProperties" in schema || "additionalProperties" in schema || hasHidden(schema)),
      );
    if (!simple)
      for (const fact of strict) relax(fact, "unevaluatedProperties", "what other schemas name is not known there");
    return simple;
  }

  function newName({ path }: SchemaNode): string {
    const wish =
      path
        .split("/")
        .at(-1)
        ?.replaceAll(/[^A-Za-z0-9]/g, "") || "value";
    let name = wish;
    for (let number = 2; names.has(name.toLowerCase()); number += 1) name = `${wish}${number}`;
    names.add(name.toLowerCase());
    return name;
  }

  return { lower, definitions: () => defined };
}

const isSilent = (schema: JsonSchema): boolean => Object.keys(schema).every((key) => annotations.test(key));

/** Worth a definition of its own where it is referred to. */
const isLarge = (form: JsonSchema): boolean =>
  ["properties", "items", "prefixItems", "anyOf"].some((key) => key in form);

/** Schemas in which more properties may be named. */
const hasHidden = (schema: JsonSchema): boolean =>
  ["if", "dependentSchemas", "$dynamicRef", "$recursiveRef"].some((key) => key in schema) ||
  (schema["unevaluatedProperties"] ?? false) !== false;
