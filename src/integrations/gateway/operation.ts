import type { Client } from "../../client/client-interface.ts";
import type { CallOptions } from "../../client/inputs.ts";
import type { ResultBase } from "../../core/result.ts";
import type { StreamPiece } from "./event-stream-body.ts";
import type { BodyBounds } from "./read-body.ts";

/** Where a call goes. */
export interface Target {
  readonly client: Client;
  /** The public name of the model; absent where the caller named none. */
  readonly name: string | undefined;
  /** The model, the signal and the tags of the client's call. */
  readonly call: Pick<CallOptions, "model" | "signal" | "tags">;
}

/** A request on its way to an operation. */
export interface Given {
  readonly request: Request;
  /** Its path, without what the gateway stands under. */
  readonly path: string;
  readonly bounds: BodyBounds;
  /** The gateway's name for it. */
  readonly id: string;
  /** When it was made, in seconds. */
  readonly created: number;
  /**
   * Finds the model and asks whoever has a say; throws 400, 403 or 404. Called once, when the body has been understood.
   */
  target(model: unknown, stream: boolean): Promise<Target>;
}

/** What a call told at its end, or as far as it came. */
export interface Told {
  result?: ResultBase;
  /** Pieces of an answer that were handed out: about as many as tokens. */
  pieces: number;
}

/** An answer, at once or as it comes. */
export type Answered =
  | { readonly body: object | string; readonly mediaType?: string; readonly result: ResultBase }
  | { readonly pieces: AsyncIterator<StreamPiece>; readonly told: Told; readonly endMark: boolean };

/** Answers one kind of request. */
export type Operation = (given: Given) => Promise<Answered>;
