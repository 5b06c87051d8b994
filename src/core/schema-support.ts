/**
 * What of JSON Schema a server holds a model to: data, found by asking the server. All else is widened or removed before a
 * schema is sent there (`lower-schema.ts`), because it would be ignored in silence or refused.
 */
export interface SchemaSupport {
  /** Name of the server in warnings. */
  readonly server: string;
  /** What stands for any value: for some, `{}` is an object. */
  readonly any: Readonly<Record<string, unknown>>;
  /** `pattern` holds, where it goes from `^` to `$`, has no look-around and is read on the text as JSON writes it. */
  readonly patterns: boolean;
  /** Values of `format` that hold. */
  readonly formats: readonly string[];
  /** `minLength` and `maxLength` hold where there is no pattern and no format. */
  readonly lengths: boolean;
  /** Bounds hold for `number` too, not for `integer` alone. */
  readonly numberBounds: boolean;
  /** Bounds hold for `integer`. */
  readonly integerBounds: boolean;
  /** Lists with a schema for each place: `full` as they are; `exact`: with that many elements always; `none`: not known. */
  readonly tuples: "full" | "exact" | "none";
  /** `minItems` and `maxItems` hold. */
  readonly itemCounts: boolean;
  /** `minProperties` and `maxProperties` hold where no properties are named. */
  readonly propertyCounts: boolean;
  /** A `pattern` in `propertyNames` holds where no properties are named. */
  readonly namePatterns: boolean;
  /** `additionalProperties` holds beside properties of any name; else beside names of letters, digits and `_` alone. */
  readonly awkwardNames: boolean;
  /** Greatest count of characters, elements and repetitions in patterns; beyond it there is no limit. */
  readonly maxRepetition: number;
}
