/**
 * What may be known of a value while it is written: keys and elements may be missing, and a text may be the beginning of
 * one, so that a literal is any `string`. Numbers, booleans and `null` are whole.
 */
export type DeepPartial<Value> = Value extends string
  ? string
  : Value extends readonly (infer Element)[]
    ? readonly DeepPartial<Element>[]
    : Value extends object
      ? { readonly [Key in keyof Value]?: DeepPartial<Value[Key]> }
      : Value;
