import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { HttpRequest, Transport } from "../../core/transport.ts";

/** A function shaped like the web's, as the SDK takes one. */
type FetchLike = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * The SDK's requests over a transport of ours, so that its policy is asked at every connection. They go to one origin and
 * nowhere else, and a redirect is an error: the SDK would follow it. What breaks an answer is told to `onBroken`: the SDK goes on
 * waiting for it until its time is over.
 */
export function transportFetch(
  transport: Transport,
  origin: string,
  { maxBytes, onBroken }: { readonly maxBytes: number; readonly onBroken: (error: unknown) => void },
): FetchLike {
  return async (url, init = {}) => {
    const target = new URL(url);
    if (target.origin !== origin) {
      throw new InhouseError("policy", `The MCP server is at ${origin}, and ${target.origin} is not.`);
    }
    const { method = "GET", body, signal } = init;
    if (body !== undefined && body !== null && typeof body !== "string") {
      throw new InhouseError("unsupported", "The MCP package sends a body that is no text.");
    }
    const response = await transport.send({
      method: method as HttpRequest["method"],
      origin,
      path: `${target.pathname}${target.search}`,
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(typeof body === "string" ? { body } : {}),
      ...(signal ? { signal } : {}),
    });
    const { status } = response;
    if (status >= 300 && status < 400) {
      response.destroy();
      throw new InhouseError("redirect", `The MCP server answered with a redirect (${status}).`, {
        status,
        hint: "Give the final address as `url`.",
      });
    }
    const headers = new Headers();
    for (const [name, value] of Object.entries(response.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
    }
    if (status === 204 || status === 205) {
      response.release();
      return new Response(null, { status, headers });
    }
    const isStream = headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    const bounded = isStream ? boundedEvents(response.body, maxBytes) : boundedWhole(response.body, maxBytes);
    // The stream of a GET is for what nobody asked, and is opened anew where it is lost.
    const told = (error: unknown): void => {
      if (method === "POST" || (isInhouseError(error) && error.code === "limit")) onBroken(error);
    };
    return new Response(ReadableStream.from(watched(bounded, told)), { status, headers });
  };
}

async function* watched(
  body: AsyncIterable<Uint8Array>,
  onError: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    onError(error);
    throw error;
  }
}

async function* boundedWhole(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const bytes of body) {
    size += bytes.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield bytes;
  }
}

/** An event ends at an empty line; a stream may have any number of them. */
async function* boundedEvents(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  let lineEmpty = true;
  for await (const bytes of body) {
    for (const byte of bytes) {
      size += 1;
      if (byte === 10) {
        if (lineEmpty) size = 0;
        lineEmpty = true;
      } else if (byte !== 13) lineEmpty = false;
      if (size > maxBytes) throw tooLarge(maxBytes);
    }
    yield bytes;
  }
}

const tooLarge = (maxBytes: number): InhouseError =>
  new InhouseError("limit", `The MCP server sent a message of more than ${maxBytes} bytes.`, {
    hint: "Raise limits.messageBytes if that is right.",
  });
