import { decoded, refused, type JsonSchema } from "./json-schema.ts";

/** A schema at its place. */
export interface SchemaNode {
  readonly schema: JsonSchema | boolean;
  /** JSON pointer from the root, such as `/properties/name`; empty for the root. */
  readonly path: string;
  /** What its references are relative to. */
  readonly base: string;
  /** Distinguishes schemas; the same for the same one. */
  readonly id: string;
}

/** Finds what a schema refers to. */
export interface SchemaIndex {
  readonly root: SchemaNode;
  /** `$ref` stands alone: what is beside it counts for nothing, as until draft 7. */
  readonly bareRefs: boolean;
  /** What stands below a schema, under these keys. */
  child(node: SchemaNode, value: unknown, ...keys: readonly (string | number)[]): SchemaNode;
  /** What a `$ref` means; throws `invalid-request` where it leads nowhere. */
  resolve(node: SchemaNode, ref: string): SchemaNode;
}

const home = "inhouse:/schema";

/** An index of a schema; `place` names it in errors. */
export function schemaIndex(place: string, schema: JsonSchema): SchemaIndex {
  const nodes = new Map<unknown, SchemaNode>();
  const named = new Map<string, SchemaNode>();

  function nodeOf(value: unknown, path: string, base: string): SchemaNode {
    if (typeof value === "boolean") return { schema: value, path, base, id: String(value) };
    if (!isSchema(value)) throw refused(`${place}#${path}`, "expected a schema");
    const known = nodes.get(value);
    if (known) return known;
    const { $id } = value;
    const own = typeof $id === "string" && !$id.startsWith("#") ? absolute($id, base) : base;
    const node = { schema: value, path, base: own, id: String(nodes.size) };
    nodes.set(value, node);
    return node;
  }

  /** Notes every schema that has a name; values of `enum` and `const` have none. */
  function note(value: unknown, path: string, base: string): void {
    if (Array.isArray(value)) value.forEach((item, index) => note(item, `${path}/${index}`, base));
    if (!isSchema(value)) return;
    const node = nodeOf(value, path, base);
    const { $id, $anchor, $dynamicAnchor } = value;
    if (typeof $id === "string") setName($id.startsWith("#") ? base + $id : node.base, node);
    for (const anchor of [$anchor, $dynamicAnchor]) {
      if (typeof anchor === "string") setName(`${node.base}#${anchor}`, node);
    }
    for (const [key, below] of Object.entries(value)) {
      if (key !== "enum" && key !== "const") note(below, `${path}/${escapedKey(key)}`, node.base);
    }
  }

  function setName(name: string, node: SchemaNode): void {
    if (!named.has(name)) named.set(name, node);
  }

  function resolve(node: SchemaNode, ref: string): SchemaNode {
    const nowhere = () =>
      refused(`${place}#${node.path}/$ref`, `"${ref}" is not in the schema, and nothing is fetched`);
    const target = absolute(ref, node.base);
    const exact = named.get(target) ?? named.get(target.replace(/#$/, ""));
    if (exact) return exact;
    const [resource = "", fragment] = target.split("#");
    let at = named.get(resource);
    if (!at || !fragment?.startsWith("/")) throw nowhere();
    let value: unknown = at.schema;
    let path = at.path;
    for (const step of fragment.split("/").slice(1)) {
      const key = decoded(step);
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) throw nowhere();
      value = (value as Record<string, unknown>)[key];
      path += `/${escapedKey(key)}`;
      if (isSchema(value)) at = nodeOf(value, path, at.base);
    }
    if (typeof value !== "boolean" && !isSchema(value)) throw nowhere();
    return nodeOf(value, path, at.base);
  }

  named.set(home, nodeOf(schema, "", home));
  note(schema, "", home);
  return {
    root: nodeOf(schema, "", home),
    bareRefs: /draft-0[3-7]/.test(String(schema["$schema"])),
    child: (node, value, ...keys) => nodeOf(value, [node.path, ...keys.map(escapedKey)].join("/"), node.base),
    resolve,
  };
}

/** A key as a step of a JSON pointer. */
const escapedKey = (key: string | number): string => String(key).replaceAll("~", "~0").replaceAll("/", "~1");

function absolute(reference: string, base: string): string {
  try {
    return new URL(reference, base).href;
  } catch {
    return reference;
  }
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
