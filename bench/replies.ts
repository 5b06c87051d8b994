import type { Socket } from "node:net";

import { tokensOf } from "./answer.ts";
import { documentPieces } from "./document.ts";
import { lastLine, lineChunk, ndjsonEnd, ndjsonHead, tokenLine } from "./ndjson-wire.ts";
import { joinTimerWheel } from "./timer-wheel.ts";
import {
  callFinishJson,
  callJson,
  chunkJson,
  eventChunk,
  finishJson,
  httpChunk,
  lastHttpChunk,
  roleJson,
  streamEnd,
  streamHead,
  unaryReply,
  usageJson,
} from "./wire.ts";
import type { ServedWorkload } from "./workloads.ts";

/** Writes the reply to one request, which was read at `readAt` (monotonic clock, nanoseconds). */
type Reply = (socket: Socket, tokens: number, readAt: bigint) => void;

const sliceBytes = 65_536;
/** As long as a small model needs for a prompt: both sides are asleep when the first byte is written. */
const ttftDelayMs = 2;

export const replies: Readonly<Record<ServedWorkload, Reply>> = {
  flood: (socket, tokens) => writeSlices(socket, wholeStream(tokens)),
  ndflood: (socket, tokens) => writeSlices(socket, wholeLines(tokens)),
  structured: (socket, tokens) => writeSlices(socket, wholeDocument(tokens)),
  tools: (socket, tokens) => writeSlices(socket, wholeCall(tokens)),
  unary: (socket, tokens) => void socket.write(unary(tokens)),
  upload: (socket, tokens) => void socket.write(unary(tokens)),
  paced: (socket, tokens) => writePaced(socket, opening, tokenChunks(tokens), pacedEnd(tokens)),
  many: (socket, tokens) => writePaced(socket, opening, tokenChunks(tokens), pacedEnd(tokens)),
  ndpaced: (socket, tokens) => writePaced(socket, ndjsonHead, lineChunks(tokens), lastChunk(tokens)),
  ttft(socket, tokens, readAt) {
    setTimeout(() => {
      const writtenAt = process.hrtime.bigint();
      socket.write(Buffer.concat([opening, eventChunk(chunkJson({ content: `${readAt}:${writtenAt};` }))]));
      setImmediate(() => socket.write(ttftRest(tokens)));
    }, ttftDelayMs);
  },
  verify: (socket, tokens) => writePieces(socket, oddStream(tokens)),
  ndverify: (socket, tokens) => writePieces(socket, oddLines(tokens)),
};

const opening = Buffer.concat([streamHead, eventChunk(roleJson)]);
const tokenChunks = once((tokens) => tokensOf(tokens).map((content) => eventChunk(chunkJson({ content }))));
const pacedEnd = once(streamEnd);
const unary = once((tokens) => unaryReply(tokensOf(tokens).join(""), tokens));
const wholeDocument = once((tokens) => {
  const chunks = documentPieces(tokens).map((content) => eventChunk(chunkJson({ content })));
  return Buffer.concat([opening, ...chunks, streamEnd(tokens)]);
});
const wholeCall = once((tokens) => {
  const deltas = documentPieces(tokens).map((text) => eventChunk(callJson({ function: { arguments: text } })));
  const name = callJson({ id: "call_1", type: "function", function: { name: "file", arguments: "" } });
  const end = [eventChunk(callFinishJson), eventChunk(usageJson(tokens)), eventChunk("[DONE]"), lastHttpChunk];
  return Buffer.concat([opening, eventChunk(name), ...deltas, ...end]);
});
const wholeStream = once((tokens) => Buffer.concat([opening, ...tokenChunks(tokens), streamEnd(tokens)]));
const ttftRest = once((tokens) => Buffer.concat([...tokenChunks(tokens), streamEnd(tokens)]));

const lineChunks = once((tokens) => tokensOf(tokens).map((text, index) => lineChunk(tokenLine(text, index))));
const lastChunk = once(ndjsonEnd);
const wholeLines = once((tokens) => Buffer.concat([ndjsonHead, ...lineChunks(tokens), lastChunk(tokens)]));

/** CRLF, and chunks of the HTTP encoding that end anywhere. */
const oddLines = once((tokens) => {
  const text = [...tokensOf(tokens).map(tokenLine), lastLine(tokens)].map((line) => `${line}\r\n`).join("");
  return Buffer.concat([ndjsonHead, ...pieces(Buffer.from(text), 700).map(httpChunk), lastHttpChunk]);
});

/** CRLF, comments, ids, and chunks of the HTTP encoding that end anywhere. */
const oddStream = once((tokens) => {
  const deltas = tokensOf(tokens).map((content) => chunkJson({ content }));
  const events = [roleJson, ...deltas, finishJson, usageJson(tokens), "[DONE]"];
  const text = events.map((data, index) => `: keep-alive\r\nid: ${index}\r\ndata: ${data}\r\n\r\n`).join("");
  return Buffer.concat([streamHead, ...pieces(Buffer.from(text), 700).map(httpChunk), lastHttpChunk]);
});

/** A chunk at each turn of the stream. */
function writePaced(socket: Socket, head: Buffer, chunks: readonly Buffer[], end: Buffer): void {
  let next = 0;
  socket.write(head);
  joinTimerWheel(() => {
    const chunk = chunks[next];
    next += 1;
    return socket.write(chunk ?? end) && chunk !== undefined;
  });
}

/** Each slice waits until the last one has left, so that a slow reader slows the server. */
function writeSlices(socket: Socket, bytes: Buffer, from = 0): void {
  const to = from + sliceBytes;
  socket.write(bytes.subarray(from, to), () => {
    if (to < bytes.length) writeSlices(socket, bytes, to);
  });
}

function writePieces(socket: Socket, bytes: Buffer): void {
  const rest = pieces(bytes, 90);
  let next = 0;
  const write = (): void => {
    const piece = rest[next];
    if (!piece) return;
    next += 1;
    socket.write(piece, () => setImmediate(write));
  };
  write();
}

/** Pieces of 1 to `most` bytes, the same in every process. */
function pieces(bytes: Buffer, most: number): Buffer[] {
  const result: Buffer[] = [];
  for (let at = 0, step = 1; at < bytes.length; at += step, step = ((step * 31 + 7) % most) + 1) {
    result.push(bytes.subarray(at, at + step));
  }
  return result;
}

function once<Result>(make: (tokens: number) => Result): (tokens: number) => Result {
  const made = new Map<number, Result>();
  return (tokens) => {
    const result = made.get(tokens) ?? make(tokens);
    made.set(tokens, result);
    return result;
  };
}
