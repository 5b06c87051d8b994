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
    const whole = pieces.join("");
    pieces = [];
    held = 0;
    return whole;
  }

  function feed(piece: string): readonly Frame[] {
    checkLength(); // of what the last piece left: the lines that came before it have been handed out
    const frames: Frame[] = [];
    let from = first && piece.startsWith("\uFEFF") ? 1 : 0;
    if (piece !== "") first = false;
    for (let at = piece.indexOf("\n", from); at >= 0; at = piece.indexOf("\n", from)) {
      let data = piece.slice(from, at);
      from = at + 1;
      if (held > 0 || (data.length > maxLength && frames.length === 0)) {
        hold(data);
        checkLength();
        data = line();
      }
      if (!isObject(data)) data = data.trim();
      if (data !== "") frames.push({ data });
    }
    hold(piece.slice(from));
    return frames;
  }

  return {
    feed: (bytes) => feed(text.decode(bytes)),
    end: () => feed(`${text.end()}\n`),
  };
}

/** Whether a line begins and ends as an object does, as nearly every one: it needs no trimming, which costs more than this. */
function isObject(line: string): boolean {
  return line.charCodeAt(0) === 0x7b && line.charCodeAt(line.length - 1) === 0x7d;
}
