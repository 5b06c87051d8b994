import { chunk, lastChunk, reply } from "./wire.ts";

/** A line of Ollama's stream. */
export const line = (value: object): string => `${JSON.stringify({ model: "m", ...value })}\n`;

/** A line with a piece of the answer. */
export const said = (content: string): string => line({ message: { role: "assistant", content }, done: false });

/** The last line of a stream. */
export const done = (reason = "stop"): string =>
  line({ message: { role: "assistant", content: "" }, done: true, done_reason: reason });

/** A whole answer that is not streamed. */
export const chatLine = (content: string): string =>
  line({ message: { role: "assistant", content }, done: true, done_reason: "stop" });

const head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";

/** A stream that is begun and left open. */
export const openLines = (...pieces: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat([Buffer.from(head), ...pieces.map(chunk)]);

/** A stream whose encoding is whole, whatever its content is. */
export const wholeLines = (...pieces: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat([openLines(...pieces), Buffer.from(lastChunk)]);

/** A reply with an error in Ollama's form. */
export const errorReply = (status: number, error: string): string => reply(JSON.stringify({ error }), status);
