import type { ErrorCode } from "../../core/error-codes.ts";
import { abortError, InhouseError } from "../../core/error.ts";
import type { HttpResponse, Transport } from "../../core/transport.ts";
import { memorySource, type ByteSource } from "./byte-source.ts";

/** How a file at an address is asked for. */
export interface HttpSourceOptions {
  readonly transport: Transport;
  /** Sent with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What the first question asks for; a small file comes whole with it. */
const headBytes = 65_536;
/** The size up to which a file is taken whole from a server that knows no ranges. */
const maxWholeBytes = 67_108_864;

/**
 * A file behind an address, read by ranges. The first range is read at once, and kept. Of a server that ignores ranges a
 * file of at most 64 MiB is taken whole; a larger one rejects with `unsupported` before its body is read. Redirects are
 * not followed: `redirect`. A file that changes between two ranges rejects with `protocol`.
 */
export async function httpSource(url: string, options: HttpSourceOptions): Promise<ByteSource> {
  if (!URL.canParse(url)) throw new InhouseError("invalid-request", `${url} is not an address.`);
  const { origin, pathname, search } = new URL(url);
  const { transport } = options;

  const ask = (offset: number, length: number, signal: AbortSignal | undefined): Promise<HttpResponse> =>
    transport.send({
      method: "GET",
      origin,
      path: pathname + search,
      headers: {
        ...options.headers,
        "accept-encoding": "identity",
        range: `bytes=${offset}-${offset + length - 1}`,
      },
      ...(signal ? { signal } : {}),
    });

  const first = await ask(0, headBytes, options.signal);
  if (first.status === 416) {
    first.destroy();
    return memorySource(new Uint8Array(), url);
  }
  if (first.status === 200) return memorySource(await whole(url, first), url);
  const range = contentRange(url, first);
  const head = await bodyOf(url, first, range.length);
  if (range.total !== undefined && range.total <= head.length) return memorySource(head, url);
  const tag = headerOf(first, "etag");

  return {
    name: url,
    ...(range.total === undefined ? {} : { sizeBytes: range.total }),
    async read(offset, length, signal) {
      if (signal?.aborted) throw abortError(signal);
      const end = Math.min(offset + length, range.total ?? Number.MAX_SAFE_INTEGER);
      if (end <= offset) return new Uint8Array();
      if (end <= head.length) return head.subarray(offset, end);
      const response = await ask(offset, end - offset, signal ?? options.signal);
      if (response.status === 416) {
        response.destroy();
        return new Uint8Array();
      }
      const { start, length: sent } = contentRange(url, response);
      if (start !== offset || sent > end - offset || headerOf(response, "etag") !== tag) {
        response.destroy();
        throw new InhouseError("protocol", `${url} changed while it was read, or its server answers other ranges.`);
      }
      return await bodyOf(url, response, sent);
    },
    close: () => Promise.resolve(),
  };
}

/** Which bytes a 206 holds, and of how many. Throws by the status where the reply is none. */
function contentRange(url: string, response: HttpResponse): { start: number; length: number; total?: number } {
  const header = headerOf(response, "content-range") ?? "";
  const [, first = "", last = "", total = ""] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header) ?? [];
  const encoding = headerOf(response, "content-encoding") ?? "identity";
  if (response.status !== 206 || first === "" || Number(last) < Number(first) || encoding !== "identity") {
    response.destroy();
    throw refusal(url, response.status);
  }
  const length = Number(last) - Number(first) + 1;
  return { start: Number(first), length, ...(total === "*" ? {} : { total: Number(total) }) };
}

const refusals: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  401: ["auth", "wants a key"],
  403: ["forbidden", "may not be read"],
  404: ["not-found", "does not exist"],
  429: ["rate-limit", "was asked for too often"],
};

const hints: Partial<Record<ErrorCode, string>> = {
  auth: "Pass a key in headers: { authorization: `Bearer …` }.",
  "not-found": "Check the address.",
  protocol: "Does the address name the file itself, and not a page about it?",
  redirect: "Name the address that it leads to: redirects are not followed, so that no key goes elsewhere.",
};

function refusal(url: string, status: number): InhouseError {
  const [code, what] =
    refusals[status] ??
    (status >= 500
      ? (["server", "could not be served"] as const)
      : status >= 300 && status < 400
        ? (["redirect", "is at another address"] as const)
        : (["protocol", "was answered with something else than a range"] as const));
  const hint = hints[code] === undefined ? {} : { hint: hints[code] };
  return new InhouseError(code, `${url} ${what} (status ${status}).`, { status, ...hint });
}

async function bodyOf(url: string, response: HttpResponse, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  for await (const chunk of response.body) {
    if (filled + chunk.length > length) {
      response.destroy();
      throw new InhouseError("protocol", `${url}: the server sent more than the range that it named.`);
    }
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < length) throw new InhouseError("truncated", `${url}: the reply ended ${length - filled} bytes early.`);
  return bytes;
}

async function whole(url: string, response: HttpResponse): Promise<Uint8Array> {
  const told = Number(headerOf(response, "content-length") ?? 0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (told <= maxWholeBytes) {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxWholeBytes) break;
    }
    if (length <= maxWholeBytes) return Buffer.concat(chunks, length);
  }
  response.destroy();
  throw new InhouseError("unsupported", `The server of ${url} ignores ranges, and the file is larger than 64 MiB.`, {
    hint: "Serve it with a server that answers Range, or name the file on disk.",
  });
}

function headerOf(response: HttpResponse, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === "string" ? value : value?.[0];
}
