import { isBlank, valueScanner, type CallNotation } from "./call-notation.ts";
import { callsIn } from "./call-object.ts";
import { rawMembers } from "./raw-json.ts";

const open = "[TOOL_CALLS]";
/** Longest name with its marks. */
const maxHead = 160;

/** `[TOOL_CALLS][{"name": …, "arguments": {…}}]`, and `[TOOL_CALLS]name[ARGS]{…}` since 2025: Mistral's models. */
export const mistralCalls: CallNotation = {
  opens: () => [open],
  place: "anywhere",
  block(isTool) {
    const ends = valueScanner();
    let head = "";
    let inValue = false;
    return {
      step(char) {
        if (!inValue) {
          inValue = char === "{" || (char === "[" && head === "");
          if (!inValue && !isBlank(char)) head += char;
          if (!inValue) return head.length > maxHead || /^\[|[^\w[\]-]/.test(head) ? "none" : "more";
        }
        return ends(char) ? "over" : "more";
      },
      mayEnd: () => false,
      read(block) {
        const inner = block.slice(open.length);
        const [whole, name = ""] = /^\s*([\w-]+)\s*(?:\[CALL_ID\][\w-]*)?\s*(?:\[ARGS\])?\s*(?=\{)/.exec(inner) ?? [];
        if (whole === undefined) return callsIn(inner, isTool);
        const args = inner.slice(whole.length);
        return isTool(name) && rawMembers(args) ? [{ name, arguments: args }] : undefined;
      },
    };
  },
};
