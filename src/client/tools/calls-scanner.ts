/** More of the arguments of a call; `over` with the last of them. */
export interface CallPiece {
  readonly name: string;
  readonly text: string;
  readonly over: boolean;
}

/** Reads `{"calls": [{"name": …, "arguments": {…}}]}` as it comes. */
export interface CallsScanner {
  push(text: string): readonly CallPiece[];
  /** Whether the outermost object has ended, and nothing but white space stood around it. */
  whole(): boolean;
}

/** Depth of the object that is a call: in the list, in the object. */
const callDepth = 3;

/**
 * A scanner for one answer. It follows the brackets and looks at no character twice; whether the arguments are JSON is for
 * the reader of the whole call to say.
 */
export function callsScanner(): CallsScanner {
  let depth = 0;
  let quote: string[] | undefined; // a text that is open, without what is inside arguments
  let escaped = false;
  let key: string | undefined;
  let isValue = false; // a colon came after the key
  let name: string | undefined;
  let inArguments = false;
  let held: string[] = []; // arguments that came before the name
  let stray = false;
  let ended = false;

  function onText(value: string): void {
    if (depth !== callDepth || inArguments) return;
    if (!isValue) key = value;
    else if (key === "name") name = value;
  }

  return {
    whole: () => ended && !stray,
    push(text) {
      const pieces: CallPiece[] = [];
      let start = 0; // of the arguments, in this text

      function flush(end: number, over: boolean): void {
        const part = text.slice(start, end);
        if (name === undefined) held.push(part);
        else if (part !== "" || over) {
          pieces.push({ name, text: held.join("") + part, over });
          held = [];
        }
      }

      function onClose(at: number): void {
        depth -= 1;
        if (inArguments && depth === callDepth) {
          flush(at + 1, name !== undefined);
          inArguments = false;
        } else if (depth === callDepth - 1) {
          if (held.length > 0 && name !== undefined) pieces.push({ name, text: held.join(""), over: true });
          held = [];
          name = undefined;
        }
        ended = depth === 0;
      }

      function onMark(char: string, at: number): void {
        if (ended || (depth === 0 && char !== "{")) stray ||= char.trim() !== "";
        else if (char === "{" || char === "[") {
          if (depth === callDepth && isValue && key === "arguments") {
            inArguments = true;
            start = at;
          }
          depth += 1;
          if (depth === callDepth) {
            key = undefined;
            isValue = false;
          }
        } else if (char === "}" || char === "]") onClose(at);
        else if (depth === callDepth && char === ":") isValue = true;
        else if (depth === callDepth && char === ",") isValue = false;
      }

      for (let at = 0; at < text.length; at += 1) {
        const char = text[at] ?? "";
        if (quote) {
          if (escaped) escaped = false;
          else if (char === "\\") escaped = true;
          else if (char === '"') {
            onText(quote.join(""));
            quote = undefined;
            continue;
          }
          if (!inArguments) quote.push(char);
        } else if (char === '"' && depth > 0 && !ended) quote = [];
        else onMark(char, at);
      }
      if (inArguments) flush(text.length, false);
      return pieces;
    },
  };
}
