/**
 * Finds the JSON in the answer of a model that was only asked for it, piece by piece: a function of a piece that returns
 * what of it is JSON. That is all of an answer that begins with `{`, `[` or `"`, and else the first fenced block.
 */
export function fencedJson(): (piece: string) => string {
  let state: "before" | "bare" | "fenced" | "after" = "before";
  let held = ""; // what may belong to the fence

  return (piece) => {
    held += piece;
    if (state === "before") {
      const fence = /```[A-Za-z]*[ \t]*\r?\n/.exec(held);
      if (/^\s*[{["]/.test(held)) state = "bare";
      else if (fence) {
        state = "fenced";
        held = held.slice(fence.index + fence[0].length - 1); // the line feed belongs to a closing fence at once
      }
    }
    if (state === "before" || state === "after") return "";
    const closing = state === "fenced" ? closes(held) : -1;
    if (closing >= 0) state = "after";
    const found = closing >= 0 ? held.slice(0, closing) : held.slice(0, safeLength(held, state));
    held = held.slice(found.length);
    return found;
  };
}

/** Where the fence closes: JSON has no line feed in a string, so what follows one is no text of it. */
const closes = (text: string): number => /\n[ \t]*```/.exec(text)?.index ?? -1;

/** What may be the beginning of the fence waits. */
function safeLength(text: string, state: string): number {
  return state === "fenced" ? text.length - (/\n[ \t]*`{0,2}$/.exec(text)?.[0].length ?? 0) : text.length;
}
