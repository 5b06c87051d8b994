import { isBlank } from "./call-notation.ts";

/** A literal of Python as JSON text, and where it ends. */
export interface Literal {
  readonly json: string;
  readonly end: number;
}

const words: Readonly<Record<string, string>> = {
  True: "true",
  False: "false",
  None: "null",
  true: "true",
  false: "false",
  null: "null",
};
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"' };
const maxDepth = 64;

/** Reads a text, number, True, False, None, list or dict with text keys; undefined for anything else, which is not guessed. */
export function pythonLiteral(text: string, start: number, depth = 0): Literal | undefined {
  const char = text[start] ?? "";
  if (char === '"' || char === "'") return quoted(text, start);
  if (char === "[" || char === "{") return depth < maxDepth ? collection(text, start, depth) : undefined;
  // As long as a literal can be without being a text of its own.
  const [token = ""] = /^[\w.+-]+/.exec(text.slice(start, start + 400)) ?? [];
  const end = start + token.length;
  if (Object.hasOwn(words, token)) return { json: words[token] ?? "", end };
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(token) ? { json: token, end } : undefined;
}

function quoted(text: string, start: number): Literal | undefined {
  const quote = text[start];
  let value = "";
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === quote) return { json: JSON.stringify(value), end: at + 1 };
    if (char === "\n") return undefined;
    if (char !== "\\") {
      value += char;
      continue;
    }
    at += 1;
    const [unicode, long, short] = /^(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))/.exec(text.slice(at, at + 5)) ?? [];
    const known = escapes[text[at] ?? ""];
    if (unicode !== undefined) value += String.fromCharCode(Number.parseInt(long ?? short ?? "", 16));
    else if (known !== undefined) value += known;
    else return undefined;
    at += (unicode?.length ?? 1) - 1;
  }
  return undefined;
}

function collection(text: string, start: number, depth: number): Literal | undefined {
  const isList = text[start] === "[";
  const close = isList ? "]" : "}";
  const items: string[] = [];
  let at = start + 1;
  const skip = (): void => {
    while (isBlank(text[at] ?? "")) at += 1;
  };
  for (;;) {
    skip();
    if (text[at] === close) return { json: (isList ? "[" : "{") + items.join(",") + close, end: at + 1 };
    if (items.length > 0) {
      if (text[at] !== ",") return undefined;
      at += 1;
      skip();
      if (text[at] === close) continue; // Python allows a comma after the last one
    }
    let key = "";
    if (!isList) {
      const name = quoted(text, at);
      if (!name) return undefined;
      at = name.end;
      skip();
      if (text[at] !== ":") return undefined;
      at += 1;
      skip();
      key = `${name.json}:`;
    }
    const value = pythonLiteral(text, at, depth + 1);
    if (!value) return undefined;
    items.push(key + value.json);
    at = value.end;
  }
}
