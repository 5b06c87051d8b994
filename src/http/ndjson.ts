import { InhouseError } from "../core/error.ts";
import { maxFrameLength, type Frame, type Framing } from "./framing.ts";
import { textPieces } from "./utf8.ts";

/** JSON values, one a line. Blank lines are skipped, and the last line needs no line feed. */
export function ndjson(maxLength: number = maxFrameLength): Framing {
  const text = textPieces();
  let pieces: string[] = []; // of the unfinished line: joined once, so that a long line costs no more than its length
  let held = 0;
  let first = true;

  function hold(piece: string): void {
    if (piece !== "") pieces.push(piece);
    held += piece.length;
  }

  function checkLength(): void {
    if (held <= maxLength) return;
    throw new InhouseError("limit", `One line of the reply is longer than ${maxLength} characters.`);
  }

  function line(): string {
    const whole = pieces.length === 1 ? (pieces[0] ?? "") : pieces.join("");
    pieces = [];
    held = 0;
    return whole.trim();
  }

  function feed(piece: string): readonly Frame[] {
    checkLength(); // of what the last piece left: the lines that came before it have been handed out
    const frames: Frame[] = [];
    let from = first && piece.startsWith("\uFEFF") ? 1 : 0;
    if (piece !== "") first = false;
    for (let at = piece.indexOf("\n", from); at >= 0; at = piece.indexOf("\n", from)) {
      hold(piece.slice(from, at));
      from = at + 1;
      if (frames.length === 0) checkLength();
      const data = line();
      if (data !== "") frames.push({ data });
    }
    hold(piece.slice(from));
    return frames;
  }

  return {
    streams: true,
    feed: (bytes) => feed(text.decode(bytes)),
    end: () => feed(`${text.end()}\n`),
  };
}
