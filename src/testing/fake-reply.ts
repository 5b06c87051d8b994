import type { ServerResponse } from "node:http";

import type { FakeFault } from "./fake-faults.ts";
import type { OpenExchange } from "./fake-history.ts";
import { pauseFor } from "./fake-pace.ts";

/** How a handler answers. */
export interface FakeReply {
  /** One JSON value at once; status 4xx and 5xx close the connection, as llama-server does. */
  json(value: unknown, status?: number, headers?: Readonly<Record<string, string>>): void;
  /** Plain text at once. */
  text(value: string, status?: number): void;
  /** An answer of the model's as one JSON value, after the time that so many tokens take. */
  whole(value: unknown, tokens: number): Promise<void>;
  /** An answer as server-sent events, at the pace of the server; stops when the client has gone. */
  events(values: readonly (string | object)[]): Promise<void>;
  /** JSON values, one a line, in the same manner. */
  lines(values: readonly object[]): Promise<void>;
}

/** What a reply goes by. */
export interface ReplyCircumstances {
  readonly response: ServerResponse;
  readonly exchange: OpenExchange;
  readonly fault: FakeFault | undefined;
  readonly prefillMs: number;
  readonly pauseMs: number;
  /** Resolves when the model works at this reply. */
  readonly turn: (response: ServerResponse) => Promise<void>;
  /** Whether the headers of a stream precede its turn. */
  readonly headersFirst: boolean;
  /** What the server says inside a reply when it fails. */
  readonly errorFrames: readonly (string | object)[];
  /** What it says when it is stopped; undefined where it cuts the body. */
  readonly abortFrames: readonly (string | object)[] | undefined;
}

/** Writes replies on a response, and breaks them as the fault says. */
export function fakeReply(circumstances: ReplyCircumstances): FakeReply {
  const { response, exchange, fault, pauseMs } = circumstances;

  function send(value: string, type: string, status: number, headers: Readonly<Record<string, string>> = {}): void {
    response.writeHead(status, {
      ...(status >= 400 ? { connection: "close" } : {}),
      "content-type": `${type}; charset=utf-8`,
      ...headers,
    });
    exchange.replied();
    response.end(value);
  }

  async function write(text: string): Promise<void> {
    exchange.replied();
    if (response.destroyed || response.write(text)) return;
    await new Promise<void>((resolve) => {
      function done(): void {
        response.off("drain", done).off("close", done);
        resolve();
      }
      response.on("drain", done).on("close", done);
    });
  }

  async function begin(type: string, tokens: number): Promise<void> {
    response.setHeader("content-type", type);
    if (circumstances.headersFirst) {
      response.flushHeaders();
      exchange.replied();
    }
    await circumstances.turn(response);
    await pauseFor(circumstances.prefillMs + tokens * pauseMs, response);
  }

  async function stream(type: string, frames: readonly Frame[], written: (value: string | object) => string) {
    await begin(type, 0);
    const strike = fault && pointOf(fault, frames);
    for (const [index, frame] of frames.entries()) {
      if (frame.token) await pauseFor(pauseMs, response);
      if (response.destroyed) return;
      if (strike?.frame === index) {
        await write(frame.text.slice(0, strike.offset));
        if (await struck(written)) return;
        await write(frame.text.slice(strike.offset));
      } else {
        await write(frame.text);
      }
      if (frame.token) exchange.token();
    }
  }

  /** Lets the fault strike; true where it ends the reply. */
  async function struck(written: (value: string | object) => string): Promise<boolean> {
    const all = (values: readonly (string | object)[]): string => values.map(written).join("");
    switch (fault?.name) {
      case "garbage-line":
        await write(written('{"garbage": tru'));
        return false;
      case "reset":
        exchange.crashed();
        response.flushHeaders();
        await pauseFor(arrivesWithinMs, response); // a reset takes with it what was not read
        response.socket?.resetAndDestroy();
        return true;
      case "abort-finish":
        if (circumstances.abortFrames) await write(all(circumstances.abortFrames));
        else cut();
        return true;
      case "cut":
        cut();
        return true;
      case "stall":
        response.flushHeaders();
        await new Promise((resolve) => response.once("close", resolve));
        return true;
      case "error-event":
        await write(all(circumstances.errorFrames));
        return true;
      case "oversized-line":
        await write(written(`"${"x".repeat(9 * 1024 * 1024)}"`));
        return true;
      default:
        return true; // it ends well formed
    }
  }

  function cut(): void {
    exchange.crashed();
    response.flushHeaders();
    response.socket?.destroySoon();
  }

  return {
    json: (value, status = 200, headers = {}) => send(JSON.stringify(value), "application/json", status, headers),
    text: (value, status = 200) => send(value, "text/plain", status),
    async whole(value, tokens) {
      const text = JSON.stringify(value);
      if (fault) {
        const middle = { ...fault, atByte: fault.atByte ?? Math.floor(text.length / 2) };
        return fakeReply({ ...circumstances, fault: middle }).lines([value as object]);
      }
      await circumstances.turn(response);
      await pauseFor(circumstances.prefillMs + tokens * pauseMs, response);
      for (let token = 0; token < tokens; token += 1) exchange.token();
      return response.destroyed ? undefined : send(text, "application/json", 200);
    },
    events: (values) => stream("text/event-stream", values.map(framed(asEvent)), asEvent),
    lines: (values) => stream("application/x-ndjson", values.map(framed(asLine)), asLine),
  };
}

const arrivesWithinMs = 20;

interface Frame {
  readonly text: string;
  /** It has a token of the answer. */
  readonly token: boolean;
}

const framed =
  (written: (value: string | object) => string) =>
  (value: string | object): Frame => ({ text: written(value), token: typeof value === "object" && hasToken(value) });

const asText = (value: string | object): string => (typeof value === "string" ? value : JSON.stringify(value));
const asEvent = (value: string | object): string => `data: ${asText(value)}\n\n`;
const asLine = (value: string | object): string => `${asText(value)}\n`;

/** Where a fault strikes: before this frame, or within it. */
function pointOf({ atByte, atToken = 0 }: FakeFault, frames: readonly Frame[]) {
  if (atByte !== undefined) {
    let before = 0;
    for (const [frame, { text }] of frames.entries()) {
      if (before + text.length > atByte) return { frame, offset: atByte - before };
      before += text.length;
    }
  }
  const tokens = frames.flatMap(({ token }, index) => (token ? [index] : []));
  return { frame: tokens[atToken] ?? Math.min((tokens.at(-1) ?? -1) + 1, frames.length - 1), offset: 0 };
}

/** The places in which the three servers write a token. */
interface Piece {
  readonly content?: unknown;
  readonly response?: unknown;
  readonly thinking?: unknown;
  readonly text?: unknown;
  readonly tool_calls?: unknown;
  readonly message?: Piece;
  readonly delta?: Piece | string;
  readonly choices?: readonly Piece[];
}

/** Whether a piece of a reply has a token of the answer. */
function hasToken(piece: Piece): boolean {
  const { content, response, thinking, text, tool_calls: calls, message, delta, choices = [] } = piece;
  const written = [content, response, thinking, text, delta].some((value) => typeof value === "string" && value !== "");
  return (
    written ||
    calls !== undefined ||
    [message, delta, ...choices].some((inner) => typeof inner === "object" && hasToken(inner))
  );
}
