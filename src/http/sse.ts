import { createParser } from "eventsource-parser";

import { InhouseError } from "../core/error.ts";
import { maxFrameLength, type Frame, type Framing } from "./framing.ts";
import { textPieces } from "./utf8.ts";

/**
 * Server-sent events, by the standard: any line ending, data over many lines, comments and `retry:` ignored. An event
 * that the end of the body cuts is handed out too, since servers forget the last blank line.
 */
export function sse(maxLength: number = maxFrameLength): Framing {
  const text = textPieces();
  let frames: Frame[] = [];
  let failure: InhouseError | undefined; // set by the parser's callback
  const check = (): void => {
    if (failure) throw failure;
  };
  let first = true;
  const parser = createParser({
    maxBufferSize: maxLength,
    onEvent: ({ data, event }) => frames.push(event === undefined ? { data } : { data, event }),
    onError(error) {
      if (error.type === "max-buffer-size-exceeded") failure = tooLong(maxLength);
      // "error: …" is no field of the standard, but a server's way to say why it stopped.
      else if (error.field === "error" && error.value) frames.push({ data: error.value, event: "error" });
    },
  });

  function feed(piece: string): readonly Frame[] {
    check();
    // The parser takes a byte order mark for the beginning of a field's name.
    parser.feed(first && piece.startsWith("\uFEFF") ? piece.slice(1) : piece);
    if (piece !== "") first = false;
    if (frames.length === 0) check(); // else at the next piece: what came before it is not lost
    const complete = frames;
    frames = []; // or the text of this piece would be kept until the next
    return complete;
  }

  return {
    feed: (bytes) => feed(text.decode(bytes)),
    end: () => feed(`${text.end()}\n\n`),
  };
}

function tooLong(maxLength: number): InhouseError {
  return new InhouseError("limit", `One event of the reply is longer than ${maxLength} characters.`);
}
