/**
 * A schema of any library that follows Standard Schema v1 (https://standardschema.dev): zod 4, valibot, arktype … Written
 * down here so that no such library is loaded, nor needed for the types.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    /** The library's name. */
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** Never there at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** The schema as JSON Schema, in libraries that follow Standard JSON Schema; throws what cannot be said in it. */
    readonly jsonSchema?: { readonly input: (options: StandardJsonOptions) => Readonly<Record<string, unknown>> };
  };
}

/** How a Standard Schema is to be turned into JSON Schema. */
export interface StandardJsonOptions {
  /** The draft, such as `draft-2020-12`. */
  readonly target: string;
  /** Options of one library. */
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

/** What a Standard Schema says of a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One complaint of a Standard Schema. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Whether a value is a Standard Schema; arktype's are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard: unknown = "~standard" in value ? value["~standard"] : undefined;
  return typeof standard === "object" && standard !== null && "validate" in standard;
}
