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

/** A request's body as it is recorded: a form, whose parts are told apart by something else each time, by one name for that. */
export async function recordedBody(body: unknown, contentType: string | undefined): Promise<string> {
  if (typeof body === "string") return body;
  const boundary = /boundary=(.*)$/.exec(contentType ?? "")?.[1];
  if (boundary === undefined) return "";
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1").replaceAll(boundary, "boundary");
}

/** Names the body that a recorded reply answers. */
export function digestOf(body: string): string {
  return createHash("sha256").update(body).digest("hex").slice(0, 16);
}
