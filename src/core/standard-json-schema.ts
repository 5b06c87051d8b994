import { refused, type JsonSchema } from "./json-schema.ts";
import type { StandardSchema } from "./standard-schema.ts";

const target = "draft-2020-12";

/**
 * The JSON Schema of what a Standard Schema takes, as its library makes it; throws `invalid-request` where the library
 * makes none, or cannot say the schema in it.
 */
export function standardJsonSchema(place: string, schema: StandardSchema): JsonSchema {
  const { jsonSchema, vendor } = schema["~standard"];
  if (!jsonSchema) {
    throw refused(
      place,
      `this schema of ${vendor} has no JSON Schema`,
      "Pass what follows Standard JSON Schema too, such as z.object(…) of zod 4 or z.toJSONSchema(…) of zod/mini.",
    );
  }
  try {
    const { $schema: _draft, ...made } = jsonSchema.input({ target });
    return made;
  } catch (error) {
    const [message = ""] = String(error instanceof Error ? error.message : error).split("\n");
    throw refused(
      [place, ...unrepresentable(schema)].join("."),
      message.replace(/\.$/, ""),
      "Take what JSON has, such as z.iso.datetime() for a date, and convert it after it was checked.",
    );
  }
}

/** What zod tells of each schema that it turns into JSON Schema. */
interface ZodStep {
  readonly path: readonly (string | number)[];
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string } } };
  readonly jsonSchema: object;
}

/** Where the first thing stands that JSON Schema cannot say. zod's error does not tell; asked for `{}` instead, it shows. */
function unrepresentable(schema: StandardSchema): readonly (string | number)[] {
  const { jsonSchema, vendor } = schema["~standard"];
  if (vendor !== "zod") return [];
  const found: (readonly (string | number)[])[] = [];
  const override = ({ path, zodSchema, jsonSchema: made }: ZodStep): void => {
    const means = zodSchema["_zod"].def.type;
    if (Object.keys(made).length === 0 && means !== "any" && means !== "unknown") found.push(path);
  };
  try {
    jsonSchema?.input({ target, libraryOptions: { unrepresentable: "any", override } });
  } catch {
    // Then the message has to do without a path.
  }
  return found.at(-1) ?? [];
}
