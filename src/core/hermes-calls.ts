import { markScanner, type CallNotation } from "./call-notation.ts";
import { callsIn } from "./call-object.ts";

const open = "<tool_call>";
const close = "</tool_call>";

/** `<tool_call>{"name": …, "arguments": {…}}</tool_call>`: Hermes, Qwen and many that learned from them. */
export const hermesCalls: CallNotation = {
  opens: () => [open],
  place: "anywhere",
  block(isTool) {
    const closes = markScanner(close);
    return {
      step: (char) => (closes(char) ? "over" : "more"),
      mayEnd: () => true, // some end their answer without the closing tag
      read(block) {
        const inner = block.slice(open.length, block.endsWith(close) ? -close.length : undefined);
        return callsIn(inner, isTool);
      },
    };
  },
};
