/** Says what was expected at this place of the piece, by throwing. */
export type FailAt = (at: number, expected: string) => never;

/** Reads strings of a JSON text that arrives in pieces, one after the other. */
export interface JsonStringReader {
  /** Whether the closing quote is still to come. */
  open: boolean;
  /** What was read so far; the first half of a character that needs two units waits for the second. */
  text: string;
  /** Begins a string; its opening quote was read. */
  begin(): void;
  /** Reads on, and returns the place after the closing quote, or the end of the piece. */
  read(piece: string, from: number): number;
}

const quote = 0x22;
const backslash = 0x5c;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** A reader of strings; `fail` is called for what no JSON string holds. */
export function jsonStringReader(fail: FailAt): JsonStringReader {
  let half = "";
  let escape: string | undefined; // what came after a backslash

  function append(run: string): void {
    const last = run.charCodeAt(run.length - 1);
    if (last >= 0xd800 && last <= 0xdbff) {
      reader.text += half + run.slice(0, -1);
      half = run.slice(-1);
    } else {
      reader.text += half + run;
      half = "";
    }
  }

  function readEscape(piece: string, at: number): void {
    escape += piece.charAt(at);
    if (escape === undefined) return;
    const meant = escapes[escape] ?? (/^u[\dA-Fa-f]{4}$/.test(escape) ? unitOf(escape) : undefined);
    if (meant !== undefined) {
      append(meant);
      escape = undefined;
    } else if (!/^u[\dA-Fa-f]{0,3}$/.test(escape)) fail(at, "an escape");
  }

  const reader: JsonStringReader = {
    open: false,
    text: "",
    begin() {
      reader.open = true;
      reader.text = "";
    },
    read(piece, from) {
      let at = from;
      while (at < piece.length) {
        if (escape !== undefined) {
          readEscape(piece, at);
          at += 1;
          continue;
        }
        const start = at;
        while (at < piece.length && isPlain(piece.charCodeAt(at))) at += 1;
        if (at > start) append(piece.slice(start, at));
        if (at === piece.length) break;
        const code = piece.charCodeAt(at);
        if (code === quote) {
          reader.text += half;
          half = "";
          reader.open = false;
          return at + 1;
        }
        if (code !== backslash) fail(at, "no control character");
        escape = "";
        at += 1;
      }
      return at;
    },
  };
  return reader;
}

const unitOf = (escape: string): string => String.fromCharCode(Number.parseInt(escape.slice(1), 16));

const isPlain = (code: number): boolean => code !== quote && code !== backslash && code >= 0x20;
