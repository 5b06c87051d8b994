import type { JsonSchema } from "./json-schema.ts";
import { lowerArray } from "./lower-array.ts";
import { lowerNumber } from "./lower-number.ts";
import { lowerObject } from "./lower-object.ts";
import { lowerString } from "./lower-string.ts";
import { commonKinds, kinds, valuesOf, type Kind } from "./lower-values.ts";
import type { Form, Lowering } from "./lowering.ts";
import type { Fact } from "./schema-facts.ts";
import { anyOf } from "./union-form.ts";

/** Facts that leave no choice, as one form: values, or what holds of each kind of value. */
export function lowerLeaf(facts: readonly Fact[], closed: boolean, lowering: Lowering): Form {
  const values = valuesOf(facts, lowering.relax);
  const allowed = commonKinds(facts);
  if (values) {
    if (values.length === 0) return false;
    const type = allowed?.length === 1 ? { type: allowed[0] } : {}; // some servers want to see it
    const listed = facts.some(({ schema }) => "const" in schema) ? { const: values[0] } : { enum: values };
    return described({ ...type, ...listed }, facts);
  }
  const said = new Map<Kind, JsonSchema | false>();
  for (const kind of allowed ?? kinds) {
    if (allowed || kind !== "integer") said.set(kind, lowerKind(kind, facts, closed, lowering));
  }
  const some = [...said].filter(([, keywords]) => keywords === false || Object.keys(keywords).length > 0);
  if (!allowed && some.length === 0) return true;
  const [only] = some;
  // Without a type other kinds fit as well; what is said of one kind holds of that alone, and servers then take that one.
  if (!allowed && some.length === 1 && only?.[1]) return described(only[1], facts);
  const options = [...said].map(([kind, keywords]) => keywords !== false && { type: kind, ...keywords });
  const form = anyOf(options);
  return typeof form === "object" && !("anyOf" in form) ? described(form, facts) : form;
}

function lowerKind(kind: Kind, facts: readonly Fact[], closed: boolean, lowering: Lowering): JsonSchema | false {
  switch (kind) {
    case "object":
      return lowerObject(facts, closed, lowering);
    case "array":
      return lowerArray(facts, lowering);
    case "string":
      return lowerString(facts, lowering);
    case "number":
    case "integer":
      return lowerNumber(facts, kind === "integer", lowering);
    case "boolean":
    case "null":
      return {};
  }
}

/** Some chat templates show the model the schema. */
function described(form: JsonSchema, facts: readonly Fact[]): JsonSchema {
  const description = facts.map(({ schema }) => schema["description"]).find((text) => typeof text === "string");
  return description === undefined ? form : { ...form, description };
}
