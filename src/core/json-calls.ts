import { isBlank, valueScanner, type CallBlock, type CallNotation, type IsTool } from "./call-notation.ts";
import { callsIn, mayBecomeCall } from "./call-object.ts";

const fence = "```";

/** What a fence may say that it holds. */
const languages = ["", "json", "tool_call", "tool_code"];

/** A fenced block that is exactly a call, or a list of calls. */
export const fencedCalls: CallNotation = {
  opens: () => [fence],
  place: "line",
  block(isTool) {
    let language: string | undefined = "";
    let marks = 0;
    const value = valueBlock(isTool);
    return {
      step(char) {
        if (language !== undefined) {
          if (char === "\n") language = undefined;
          else language += char;
          return language === undefined || languages.some((known) => known.startsWith(language?.trim() ?? ""))
            ? "more"
            : "none";
        }
        if (!value.ended()) return value.step(char);
        if (char === "`") marks += 1;
        else if (marks > 0 || !isBlank(char)) return "none";
        return marks === fence.length ? "over" : "more";
      },
      mayEnd: () => value.ended(),
      read(block) {
        const inner = block.slice(block.indexOf("\n") + 1).replace(/\s*`*$/, "");
        return callsIn(inner, isTool);
      },
    };
  },
};

/** An answer that is exactly a call, or a list of calls, from its first character to its last. */
export const bareCalls: CallNotation = {
  opens: () => ["{", "["],
  place: "answer",
  block(isTool, opening) {
    const value = valueBlock(isTool);
    value.step(opening);
    return {
      step: (char) => (value.ended() ? (isBlank(char) ? "more" : "none") : value.step(char)),
      mayEnd: () => value.ended(),
      read: (block) => callsIn(block, isTool),
    };
  },
};

/** Follows a JSON value for as long as it may be a call. */
function valueBlock(isTool: IsTool): Pick<CallBlock, "step"> & { ended(): boolean } {
  const ends = valueScanner();
  let head: string | undefined = "";
  let over = false;
  return {
    ended: () => over,
    step(char) {
      if (head !== undefined) {
        head += char;
        if (!mayBecomeCall(head, isTool)) return "none";
        if (head.length > 160) head = undefined;
      }
      if (head?.trim() !== "") over = ends(char);
      return "more";
    },
  };
}
