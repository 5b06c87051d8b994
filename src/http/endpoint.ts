import type { EndSignal } from "../core/call-end.ts";
import type { EgressPolicy } from "../core/egress.ts";
import { InhouseError, isInhouseError, withDetails } from "../core/error.ts";
import type { HttpRequest, HttpResponse, Transport, TransportTimeouts } from "../core/transport.ts";
import { parseBaseURL, type BaseURL } from "./base-url.ts";
import type { Base64Value } from "./base64-value.ts";
import { parseJson } from "./json.ts";
import { transportFor } from "./lazy-transport.ts";
import type { Form } from "./multipart.ts";
import type { Classify } from "./status-failure.ts";
import { wholeBody } from "./whole-body.ts";

/** What a provider's options say about the way to its server. */
export interface EndpointOptions {
  /** Where the server is. */
  readonly baseURL?: string;
  /** Sent as `Authorization: Bearer …`; never found in an error or log. */
  readonly apiKey?: string;
  /** Sent with every request; their values are never found in an error. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: one of the provider's own, closed with it. A transport given here is the caller's to close. */
  readonly transport?: Transport;
  /** What may be connected to, as `egressPolicy()` makes it. With a `transport`, that transport's own. */
  readonly policy?: EgressPolicy;
}

/** A server as requests are sent to it. */
export interface Endpoint extends BaseURL {
  readonly provider: string;
  readonly transport: Transport;
  readonly headers: Readonly<Record<string, string>>;
  /** Masked where the server's words are quoted. */
  readonly secrets: readonly string[];
  readonly classify: Classify;
  close(): Promise<void>;
}

/** Checks the options and opens nothing yet. Throws `invalid-request`, and `policy` for a server that the policy forbids. */
export function createEndpoint(
  provider: string,
  options: EndpointOptions,
  settings: { readonly baseURL: string; readonly prefix: (prefix: string) => string; readonly classify: Classify },
): Endpoint {
  const { origin, prefix } = parseBaseURL(options.baseURL ?? settings.baseURL, settings.baseURL);
  const { apiKey, transport: lent } = options;
  const transport = transportFor(options);
  transport.checkOrigin?.(origin);
  const headers = requestHeaders(options);
  return {
    provider,
    transport,
    origin,
    prefix: settings.prefix(prefix),
    headers,
    secrets: [...(apiKey ? [apiKey] : []), ...secretsOf(options.headers)],
    classify: settings.classify,
    close: async () => (lent ? undefined : transport.close()),
  };
}

/** The headers of every request to a server; throws `invalid-request` for a key or header that HTTP does not allow. */
export function requestHeaders(options: Pick<EndpointOptions, "apiKey" | "headers">): Record<string, string> {
  const { apiKey, headers: own = {} } = options;
  const headers: Record<string, string> = {
    "accept-encoding": "identity", // a compressed stream is held back until the compressor's block is full
    "content-type": "application/json",
    "user-agent": "inhouse",
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  for (const [name, value] of Object.entries(own)) headers[name.toLowerCase()] = value;
  for (const [name, value] of Object.entries(headers)) checkHeader(name, value);
  return headers;
}

/**
 * What of headers is masked in errors: their values, and the words of these, so that a token is without its scheme, too.
 * What has less than six characters is no secret, and part of many words.
 */
export const secretsOf = (headers: Readonly<Record<string, string>> = {}): readonly string[] =>
  Object.values(headers)
    .flatMap((value) => [value, ...value.split(" ")])
    .filter(({ length }) => length > 5);

/** A request to the endpoint, not yet sent. */
export interface EndpointRequest {
  readonly method: HttpRequest["method"];
  /** Under the endpoint's prefix. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The values of `body` that are files; where there are some, it is written while it is sent. */
  readonly files?: readonly Base64Value[] | undefined;
  /** Sent as they are, in place of `body`. */
  readonly bytes?: Exclude<HttpRequest["body"], string>;
  /** Sent as `multipart/form-data`, in place of `body`. */
  readonly form?: Form | undefined;
  readonly signal?: EndSignal | undefined;
  readonly timeouts?: TransportTimeouts;
  /** Sent beside the endpoint's own, or in place of them; names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as `X-Request-Id`. */
  readonly id?: string;
  /** Which try of the call this is; sent as `X-Request-Attempt`. */
  readonly attempt?: number;
}

/** Sends a request; rejects with the error that the status or the dialect says. */
export async function send(endpoint: Endpoint, request: EndpointRequest): Promise<HttpResponse> {
  const { origin } = endpoint;
  const { method, id, attempt, bytes, files, form, signal, timeouts, headers: own } = request;
  const path = endpoint.prefix + request.path;
  const headers: Record<string, string> = { ...endpoint.headers };
  for (const name in own) {
    checkHeader(name, own[name]);
    headers[name] = own[name] as string; // a second spread would cost every call, headers or not
  }
  if (id !== undefined) headers["x-request-id"] = id;
  if (attempt !== undefined) headers["x-request-attempt"] = String(attempt);
  if (bytes) headers["content-type"] = "application/octet-stream";
  const written = form || files?.length ? await fileBody(request) : undefined;
  if (written) Object.assign(headers, written.headers);
  const body = bytes ?? written?.body ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const response = await endpoint.transport.send({ method, origin, path, headers, body, signal, timeouts });
  if (response.status < 200 || response.status >= 300) {
    const { statusFailure } = await import("./status-failure.ts");
    throw await statusFailure(response, `${origin}${path}`, endpoint.classify, [
      ...endpoint.secrets,
      ...secretsOf(own),
    ]);
  }
  const { "content-encoding": encoding = "identity", "content-type": type } = response.headers;
  if (encoding !== "identity" || /^text\/html/i.test(String(type))) {
    response.destroy();
    const { unexpectedBody } = await import("./status-failure.ts");
    throw unexpectedBody(`${origin}${path}`, encoding !== "identity");
  }
  return response;
}

/** A body that holds files, which is written while it is sent. */
async function fileBody({ form, body, files = [] }: EndpointRequest): Promise<FileBody> {
  if (form) return (await import("./multipart.ts")).multipart(form);
  const { pieces, length } = (await import("./json-body.ts")).jsonBody(body, files);
  return { headers: { "content-length": String(length) }, body: pieces };
}

interface FileBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Sends a request and reads the JSON of its reply. */
export function askJson(endpoint: Endpoint, request: EndpointRequest): Promise<unknown> {
  return reading(endpoint, request, (text) => parseJson(text, endpoint.secrets));
}

/** Sends a request and reads its reply as text. */
export function askText(endpoint: Endpoint, request: EndpointRequest): Promise<string> {
  return reading(endpoint, request, (text) => text);
}

async function reading<Value>(
  endpoint: Endpoint,
  request: EndpointRequest,
  read: (text: string) => Value,
): Promise<Value> {
  try {
    const response = await send(endpoint, request);
    const body = wholeBody();
    for await (const bytes of response.body) body.feed(bytes);
    return read(body.end()[0]?.data ?? "");
  } catch (error) {
    throw isInhouseError(error) ? withDetails(error, { provider: endpoint.provider }) : error;
  }
}

function checkHeader(name: string, value: unknown): void {
  const what = name === "authorization" ? "apiKey" : `the header "${name}"`;
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
    throw new InhouseError("invalid-request", "headers: a name has characters that HTTP does not allow.");
  }
  if (typeof value !== "string" || /[^\t\u0020-\u007E\u0080-\u00FF]/.test(value)) {
    throw new InhouseError("invalid-request", `${what} has characters that HTTP does not allow.`, {
      hint: "A line feed at its end is the usual one: trim it.",
    });
  }
}
