import { isBlank, markScanner, valueScanner, type CallNotation } from "./call-notation.ts";
import { rawMembers } from "./raw-json.ts";

const message = "<|message|>";
/** `<|call|>`, or another mark that ends a message, as far as it has come. */
const closing = /^<(\|([a-z]*(\|>?)?)?)?$/;
/** Longest head of a message: role, channel, recipient, type. */
const maxHead = 256;

/** `<|channel|>commentary to=functions.name <|constrain|>json<|message|>{…}<|call|>`: gpt-oss, where its head is not read. */
export const harmonyCalls: CallNotation = {
  opens: () => ["<|start|>assistant", "<|channel|>"],
  place: "anywhere",
  block(isTool) {
    const begins = markScanner(message);
    const ends = valueScanner();
    let head = "";
    let state: "head" | "before" | "value" | "after" = "head";
    let mark = "";
    return {
      step(char) {
        if (state === "head") {
          head += char;
          if (!begins(char)) return head.length > maxHead ? "none" : "more";
          state = "before";
          return isTool(recipientOf(head)) ? "more" : "none";
        }
        if (state === "before") {
          if (isBlank(char)) return "more";
          if (char !== "{") return "none";
          state = "value";
        }
        if (state === "value") {
          if (ends(char)) state = "after";
          return "more";
        }
        if (mark === "" && char !== "<") return "over-before";
        mark += char;
        if (!closing.test(mark)) return "none";
        return mark.endsWith(">") ? "over" : "more";
      },
      mayEnd: () => state === "after", // the closing mark is a token at which servers stop
      read(block) {
        const at = block.indexOf(message);
        const name = recipientOf(block.slice(0, at));
        const args = block
          .slice(at + message.length)
          .replace(/<[|a-z>]*$/, "")
          .trim();
        return isTool(name) && rawMembers(args) ? [{ name, arguments: args }] : undefined;
      },
    };
  },
};

function recipientOf(head: string): string {
  return /\bto=functions\.([\w-]+)/.exec(head)?.[1] ?? "";
}
