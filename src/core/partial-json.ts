import { InhouseError } from "./error.ts";
import { jsonStringReader } from "./json-string.ts";

/** Reads one JSON text that arrives in pieces; every piece costs what its own length costs. */
export interface PartialJson {
  /**
   * What is known so far: one live value, extended in place and never copied. Strings grow; numbers, `true`, `false` and
   * `null` are there once they are complete; a key is there once its value has begun. `undefined` before the beginning.
   */
  readonly value: unknown;
  /** Reads on. Throws `schema` with the place of what is no JSON, `limit` where it is nested too deeply; then always. */
  push(piece: string): void;
  /** Nothing more comes: the whole value. Throws `schema` where it has no end. */
  end(): unknown;
}

/** An object or array that is open, and where in it the next value goes. */
interface Level {
  readonly container: Record<string | number, unknown>;
  readonly isArray: boolean;
  slot: string | number;
}

/** What may follow. */
type Expected =
  | "a value"
  | "a value or ]"
  | "a key or }"
  | "a key"
  | "a colon"
  | "a comma or the closing bracket"
  | "nothing more"
  | "the rest of a string"
  | "the rest of a number"
  | "the rest of a word";

/** Levels of objects and arrays that are read; servers and validators recurse, so what is deeper is refused. */
const maxDepth = 256;
const words: Readonly<Record<string, readonly [string, unknown]>> = {
  t: ["true", true],
  f: ["false", false],
  n: ["null", null],
};
const numberText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** A reader for one text. */
export function partialJson(): PartialJson {
  const levels: Level[] = [];
  let level: Level | undefined;
  let expected: Expected = "a value";
  let isKey = false; // whether the open string is one
  let token = ""; // of an open number or word, as far as it came
  let offset = 0; // of the piece that is read
  let failure: InhouseError | undefined;
  const string = jsonStringReader(fail);

  function fail(at: number, wanted: string): never {
    failure = new InhouseError("schema", `The text is no JSON at character ${offset + at}: expected ${wanted}.`);
    throw failure;
  }

  function place(value: unknown): void {
    if (!level) reader.value = value;
    // That key is left out: whoever copies the value would set a prototype.
    else if (level.slot !== "__proto__") level.container[level.slot] = value;
  }

  function complete(): void {
    expected = level ? "a comma or the closing bracket" : "nothing more";
  }

  function open(isArray: boolean): void {
    if (levels.length === maxDepth) {
      failure = new InhouseError("limit", `The JSON is nested more than ${maxDepth} levels deep.`);
      throw failure;
    }
    const container = (isArray ? [] : {}) as Level["container"];
    place(container);
    level = { container, isArray, slot: 0 };
    levels.push(level);
    expected = isArray ? "a value or ]" : "a key or }";
  }

  function close(): void {
    levels.pop();
    level = levels.at(-1);
    complete();
  }

  function beginString(asKey: boolean): void {
    isKey = asKey;
    string.begin();
    if (!isKey) place("");
    expected = "the rest of a string";
  }

  function readString(piece: string, from: number): number {
    const at = string.read(piece, from);
    if (!isKey) place(string.text);
    if (string.open) return at;
    if (isKey && level) level.slot = string.text;
    if (isKey) expected = "a colon";
    else complete();
    return at;
  }

  function readNumber(piece: string, from: number): number {
    let at = from;
    while (at < piece.length && isNumberPart(piece.charAt(at))) at += 1;
    token += piece.slice(from, at);
    if (at < piece.length) completeNumber(at);
    return at;
  }

  function completeNumber(at: number): void {
    if (!numberText.test(token)) fail(at, "another number");
    place(Number(token));
    complete();
  }

  function readWord(piece: string, at: number): number {
    const [word = "", value] = words[token.charAt(0)] ?? [];
    if (piece.charAt(at) !== word.charAt(token.length)) fail(at, word);
    token += piece.charAt(at);
    if (token === word) {
      place(value);
      complete();
    }
    return at + 1;
  }

  function beginValue(piece: string, at: number): number {
    const character = piece.charAt(at);
    if (character === '"') beginString(false);
    else if (character === "{" || character === "[") open(character === "[");
    else if (character === "]" && expected === "a value or ]") close();
    else if (character === "-" || isDigit(character)) {
      token = "";
      expected = "the rest of a number";
      return at;
    } else if (Object.hasOwn(words, character)) {
      token = character;
      expected = "the rest of a word";
    } else fail(at, expected);
    return at + 1;
  }

  /** Reads one mark between values, and returns the place after it. */
  function readMark(piece: string, at: number): number {
    const character = piece.charAt(at);
    const isArray = level?.isArray ?? false;
    if (isSpace(character)) return at + 1;
    if (expected === "a value" || expected === "a value or ]") return beginValue(piece, at);
    if (character === '"' && (expected === "a key" || expected === "a key or }")) beginString(true);
    else if (character === "}" && expected === "a key or }") close();
    else if (character === ":" && expected === "a colon") expected = "a value";
    else if (level && character === "," && expected === "a comma or the closing bracket") {
      if (typeof level.slot === "number") level.slot += 1;
      expected = isArray ? "a value" : "a key";
    } else if (character === (isArray ? "]" : "}") && expected === "a comma or the closing bracket") close();
    else fail(at, expected);
    return at + 1;
  }

  function read(piece: string, at: number): number {
    if (expected === "the rest of a string") return readString(piece, at);
    if (expected === "the rest of a number") return readNumber(piece, at);
    if (expected === "the rest of a word") return readWord(piece, at);
    return readMark(piece, at);
  }

  const reader = {
    value: undefined as unknown,
    push(piece: string): void {
      if (failure) throw failure;
      for (let at = 0; at < piece.length;) at = read(piece, at);
      offset += piece.length;
    },
    end(): unknown {
      if (failure) throw failure;
      if (expected === "the rest of a number") completeNumber(0);
      if (expected !== "nothing more") fail(0, expected);
      return reader.value;
    },
  };
  return reader;
}

const isSpace = (character: string): boolean =>
  character === " " || character === "\n" || character === "\t" || character === "\r";

const isDigit = (character: string): boolean => character >= "0" && character <= "9";

const isNumberPart = (character: string): boolean =>
  isDigit(character) ||
  character === "-" ||
  character === "." ||
  character === "e" ||
  character === "E" ||
  character === "+";
