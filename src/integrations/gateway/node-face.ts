import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";

import type { InhouseError } from "../../core/error.ts";
import { refusal } from "./gateway-error.ts";

/** A request's answer, by a function shaped like the handler of a fetch-style server. */
type Answer = (request: Request) => Promise<Response>;

/** A mistake in a request that never becomes one for the handler. */
type Refuse = (error: InhouseError) => Response;

const methods = ["GET", "POST", "OPTIONS", "HEAD", "PUT", "PATCH", "DELETE"];

/** Answers a request of `node:http`, and of what stands on it. A caller that closes its connection ends the request. */
export async function serveNode(
  { answer, refuse }: { readonly answer: Answer; readonly refuse: Refuse },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: unknown,
): Promise<void> {
  const leaving = new AbortController();
  const onClose = (): void => {
    if (!outgoing.writableFinished) leaving.abort(new Error("The caller closed the connection."));
  };
  outgoing.once("close", onClose);
  const response = await answered();
  if (response.status === 408 || response.status === 413) outgoing.setHeader("connection", "close"); // the rest is not read
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  await send(response, outgoing);
  outgoing.off("close", onClose);

  async function answered(): Promise<Response> {
    let request: Request;
    try {
      request = requestOf(incoming, body, leaving.signal);
    } catch {
      return refuse(refusal("invalid-request", "The request is malformed.", { status: 400 }));
    }
    return answer(request);
  }
}

/** The request in the form of the web. Only the path of its URL counts, whatever host it names. */
function requestOf(incoming: IncomingMessage, body: unknown, signal: AbortSignal): Request {
  const { method = "GET", rawHeaders, url = "/" } = incoming;
  if (!methods.includes(method)) throw new Error(`There is no ${method}.`);
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  for (const single of ["authorization", "content-type", "content-length", "content-encoding"]) {
    // Of two, one program reads the first and another the last.
    if (names.filter((name) => name === single).length > 1) throw new Error(`There are two of ${single}.`);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const target = new URL(url.replace(/^\/{2,}/, "/"), "http://gateway");
  const bodiless = method === "GET" || method === "HEAD" || method === "OPTIONS";
  if (bodiless) return new Request(target, { method, headers, signal });
  return new Request(target, { method, headers, signal, body: bodyOf(incoming, body), duplex: "half" });
}

/** The body as it comes, or what a parser of the framework has made of it. */
function bodyOf(incoming: IncomingMessage, given: unknown): NonNullable<RequestInit["body"]> {
  const parsed = given ?? (incoming.readableEnded && "body" in incoming ? incoming.body : undefined);
  if (parsed === undefined) return Readable.toWeb(incoming) as NodeReadableStream<Uint8Array>;
  if (typeof parsed === "string" || parsed instanceof Uint8Array) return parsed as string;
  return JSON.stringify(parsed);
}

/** Sends a response no faster than it is taken. */
async function send({ body }: Response, outgoing: ServerResponse): Promise<void> {
  const reader = body?.getReader();
  try {
    for (;;) {
      const step = await reader?.read();
      if (!step || step.done) break;
      if (outgoing.destroyed) return;
      if (!outgoing.write(step.value)) await taken(outgoing);
    }
    outgoing.end();
  } catch (error) {
    outgoing.destroy(error instanceof Error ? error : undefined); // it is cut, and does not look whole
  } finally {
    if (outgoing.destroyed) await reader?.cancel().catch(() => undefined);
  }
}

/** Resolves when more may be written, or nothing will be any more. */
function taken(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    function done(): void {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    }
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}
