/** A tool call that a model wrote into its text. */
export interface TextCall {
  readonly name: string;
  /** JSON text of an object; as the model wrote it, where it wrote JSON. */
  readonly arguments: string;
}

/** Whether a tool of that name was offered. */
export type IsTool = (name: string) => boolean;

/**
 * What a character tells of the block that it may belong to: the block goes on, or it is over with this character or
 * before it, or the text is no block after all.
 */
export type BlockStep = "more" | "over" | "over-before" | "none";

/** Follows a block from its opening on, a character at a time, so that how a text is cut into pieces makes no difference. */
export interface CallBlock {
  step(char: string): BlockStep;
  /** Whether the block may be whole when the answer ends here. */
  mayEnd(): boolean;
  /** The calls in a whole block, its opening included; undefined where it holds anything but calls of offered tools. */
  read(block: string): readonly TextCall[] | undefined;
}

/** A way in which models write calls. */
export interface CallNotation {
  /** Texts with which a block opens. */
  opens(toolNames: readonly string[]): readonly string[];
  /** Where it may open: anywhere, at the beginning of a line, or where the whole answer begins. */
  readonly place: "anywhere" | "line" | "answer";
  /** Follows a block that was opened by `opening`. */
  block(isTool: IsTool, opening: string): CallBlock;
}

/** Finds the end of a mark whose first character does not occur in it again. */
export function markScanner(mark: string): (char: string) => boolean {
  let matched = 0;
  return (char) => {
    matched = char === mark[matched] ? matched + 1 : char === mark[0] ? 1 : 0;
    if (matched < mark.length) return false;
    matched = 0;
    return true;
  };
}

/** Finds the end of a value in brackets, whose first character is the first one given; `quotes` open and close texts. */
export function valueScanner(quotes = '"'): (char: string) => boolean {
  let depth = 0;
  let quote = "";
  let escaped = false;
  return (char) => {
    if (quote !== "") {
      if (escaped) escaped = false;
      else if (char === "\\") escaped = true;
      else if (char === quote) quote = "";
      return false;
    }
    if (quotes.includes(char)) quote = char;
    else if (char === "{" || char === "[" || char === "(") depth += 1;
    else if (char === "}" || char === "]" || char === ")") return (depth -= 1) === 0;
    return false;
  };
}

/** White space, as JSON has it. */
export const isBlank = (char: string): boolean => char === " " || char === "\n" || char === "\r" || char === "\t";
