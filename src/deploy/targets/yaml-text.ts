const comment: unique symbol = Symbol("comment");

/** A value with lines of comment above it. */
interface Noted {
  readonly [comment]: readonly string[];
  readonly value: YamlValue;
}

/** What YAML is written of. A key whose value is `undefined` is left out. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | Noted
  | { readonly [key: string]: YamlValue | undefined };

/** A value with a comment above it, where it is that of a key or an item of a list. */
export const noted = (value: YamlValue, ...lines: readonly string[]): Noted => ({ [comment]: lines, value });

/** Documents of YAML, with lines of comment above them. Every string is quoted, so that none is read as anything else. */
export function yamlText(documents: readonly YamlValue[], head: readonly string[]): string {
  return `${commentText(head)}\n${documents.map((document) => block(document, "").join("\n")).join("\n---\n")}\n`;
}

/** Lines as comments, of scripts too. What would end a comment or show as something else becomes a space. */
export const commentText = (lines: readonly string[]): string =>
  lines.map((line) => `# ${plainLine(line)}`.trimEnd()).join("\n");

/** A text as one line without control characters. */
export const plainLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, " ");

function block(value: YamlValue, indent: string): readonly string[] {
  if (isList(value)) return value.flatMap((item) => itemOf(item, indent));
  if (typeof value !== "object") return [`${indent}${scalar(value)}`];
  if (isNoted(value)) return [...commentsOf(value, indent), ...block(value.value, indent)];
  return Object.entries(value).flatMap(([key, own]) => (own === undefined ? [] : entryOf(key, own, indent)));
}

function entryOf(key: string, value: YamlValue, indent: string): readonly string[] {
  if (isNoted(value)) return [...commentsOf(value, indent), ...entryOf(key, value.value, indent)];
  const name = `${indent}${keyText(key)}:`;
  if (isFlat(value)) return [`${name} ${scalar(value)}`];
  return [name, ...block(value, `${indent}  `)];
}

function itemOf(item: YamlValue, indent: string): readonly string[] {
  if (isNoted(item)) return [...commentsOf(item, indent), ...itemOf(item.value, indent)];
  if (isFlat(item)) return [`${indent}- ${scalar(item)}`];
  const lines = block(item, `${indent}  `);
  const first = lines.findIndex((line) => !line.trimStart().startsWith("#"));
  return lines.map((line, index) => {
    if (index > first) return line;
    return `${indent}${index === first ? "- " : ""}${line.slice(indent.length + 2)}`;
  });
}

const commentsOf = (value: Noted, indent: string): readonly string[] =>
  value[comment].map((line) => `${indent}# ${plainLine(line)}`);

/** What stands on the line of its key. */
const isFlat = (value: YamlValue): value is Flat =>
  typeof value !== "object" ||
  (isList(value) ? value.length === 0 : !isNoted(value) && Object.values(value).every((own) => own === undefined));

type Flat = string | number | boolean | readonly never[] | { readonly [key: string]: undefined };

function scalar(value: Flat): string {
  if (typeof value !== "object") return typeof value === "string" ? quotedText(value) : String(value);
  return Array.isArray(value) ? "[]" : "{}";
}

/** A string of JSON is one of YAML, but for characters that YAML wants written as escapes. */
const quotedText = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );

/** Words that YAML 1.1 or 1.2 reads as something else are quoted too. */
const keyText = (key: string): string =>
  /^[A-Za-z_][\w./-]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key) ? key : quotedText(key);

const isList = (value: YamlValue): value is readonly YamlValue[] => Array.isArray(value);
const isNoted = (value: YamlValue): value is Noted => typeof value === "object" && comment in value;
