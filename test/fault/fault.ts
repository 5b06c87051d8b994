import type { TimeoutOptions } from "../../src/client/inputs.ts";
import type { ErrorCode } from "../../src/core/error-codes.ts";
import type { TimeoutPhase } from "../../src/core/error.ts";
import type { FinishReason } from "../../src/core/result.ts";
import type { Arrived } from "../support/loopback.ts";
import { chunk, reply, streamHead } from "../support/wire.ts";

/** A fault of a server, and what a caller must see of it. The rows are those of docs/reliability.md. */
export interface Fault {
  readonly row: number;
  readonly fault: string;
  /** What the server does when a request has come; asked again for each try. */
  readonly answer: (arrived: Arrived) => unknown;
  /** The providers whose servers have it. Default: all. */
  readonly only?: readonly string[];
  /** How the call is made; `embed` embeds two inputs, and its text is the vectors as JSON. Default: streamed. */
  readonly call?: "chat" | "stream" | "embed";
  readonly timeout?: TimeoutOptions;
  /** Tries after the first. Default 1. */
  readonly maxRetries?: number;
  /** The reply is never over: the client must close the connection of every try, before it is closed itself. */
  readonly hangs?: true;
  readonly expected: Expectation;
}

/** What comes of a fault. */
export interface Expectation {
  /** How the call fails; absent where it succeeds. */
  readonly code?: ErrorCode | readonly ErrorCode[];
  readonly phase?: TimeoutPhase;
  /** What was delivered: the answer's text, or the error's `partial`. */
  readonly text?: string;
  readonly finishReason?: FinishReason;
  /** How many requests the server got. Left out where the pages disagree. */
  readonly requests?: number;
  readonly message?: RegExp;
  readonly retryAfterMs?: number;
  /** Default 5,000: machines that test are busy. */
  readonly withinMs?: number;
}

/** Begins a stream and leaves it open. */
export function begin({ socket }: Arrived, ...pieces: readonly (string | Uint8Array)[]): void {
  socket.write(Buffer.concat([Buffer.from(streamHead), ...pieces.map(chunk)]));
}

/** A stream whose encoding is whole, whatever its content is. */
export function whole(arrived: Arrived, ...pieces: readonly (string | Uint8Array)[]): void {
  begin(arrived, ...pieces);
  arrived.socket.write("0\r\n\r\n");
}

/** A whole reply of this JSON text. */
export const replies =
  (body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Fault["answer"] =>
  ({ socket }) =>
    socket.write(reply(body, status, headers));

/** Lists so deep that whoever reads them by recursion has no stack left. */
export const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;

/** Writes for ever, as fast as the client reads. */
export function pour({ socket }: Arrived, bytes: Uint8Array | string): void {
  const write = (): void => {
    while (socket.writable) if (!socket.write(bytes)) return void socket.once("drain", write);
  };
  write();
}

/** Does something every few milliseconds until the connection closes. */
export function every(ms: number, { socket }: Arrived, step: () => unknown): void {
  const timer = setInterval(() => socket.writable && step(), ms);
  socket.once("close", () => clearInterval(timer));
}
