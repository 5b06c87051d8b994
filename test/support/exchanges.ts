import { createHash } from "node:crypto";

/** A recorded request and its reply, as the server sent it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** The request's body, cut where it is long; `digest` is of all of it. */
  readonly body: string;
  readonly digest: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The reply's body, read by read. */
  readonly chunks: readonly string[];
  /** False where the caller left before the end. */
  readonly ended: boolean;
}

/** The exchanges of one server. */
export interface Recording {
  readonly server: string;
  readonly version: string;
  readonly model: string;
  readonly exchanges: readonly Exchange[];
}

/** Names the body that a recorded reply answers. */
export function digestOf(body: string): string {
  return createHash("sha256").update(body).digest("hex").slice(0, 16);
}
