import { InhouseError } from "../core/error.ts";
import { sniff } from "./sniff.ts";

/**
 * The text of a file in UTF-8, or in UTF-16 of either order that begins with its mark; the mark is left out. `invalid-request`
 * where it is empty or something else: nothing is guessed, since a wrong guess reads as nonsense.
 */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length === 0)
    throw new InhouseError("invalid-request", "The text is empty: it has 0 bytes.", {
      hint: "Was it copied completely?",
    });
  const encoding = markedEncoding(bytes);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
    throw notText(bytes, "It holds zeros.");
  } catch (cause) {
    throw cause instanceof InhouseError ? cause : notText(bytes, `It is not ${encoding.toUpperCase()}.`, cause);
  }
}

function markedEncoding([first, second]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

function notText(bytes: Uint8Array, why: string, cause?: unknown): InhouseError {
  const { kind, mediaType } = sniff(bytes);
  const isOther = kind !== "unknown" && mediaType !== "text/plain";
  const message = isOther ? `This is no text: its content is ${mediaType}.` : `The text cannot be read. ${why}`;
  return new InhouseError("invalid-request", message, {
    hint: isOther ? "Give it as what it is." : "Convert it to UTF-8: iconv -f WINDOWS-1252 -t UTF-8 in.txt > out.txt",
    cause,
  });
}
