import type { EndSignal } from "../../../core/call-end.ts";
import { InhouseError, isInhouseError } from "../../../core/error.ts";
import type { HttpResponse, Transport } from "../../../core/transport.ts";
import { badMirror, headerOf, refusedReply } from "./refused-reply.ts";

/** How a server of models is spoken with. */
export interface Mirror {
  readonly transport: Transport;
  /** How long a server may say nothing, in milliseconds. */
  readonly idleMs: number;
  /** What authorizes a request; asked anew after a 401, if `refused` is given. */
  readonly authorization?: (refused?: HttpResponse) => Promise<string | undefined>;
}

export interface MirrorRequest {
  readonly url: URL;
  readonly signal: EndSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As many as browsers' libraries follow at the least; a mirror needs one or two. */
const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Asks a mirror, and follows where it leads: at most 5 times, never from https to http. Each step goes through the
 * transport, and so by its policy; the key goes to the first origin alone. Resolves to a reply of status 200 or 206 that is
 * neither compressed nor a page. Rejects with `redirect`, `protocol`, by the status, and as the transport does.
 */
export async function askMirror(mirror: Mirror, { url, signal, headers = {} }: MirrorRequest): Promise<HttpResponse> {
  const { transport, idleMs, authorization } = mirror;
  const timeouts = { connectMs: 10_000, headersMs: idleMs, idleMs };
  let key = await authorization?.();
  let isRenewed = false;
  let at = url;
  for (let followed = 0; ;) {
    const isFirst = at.origin === url.origin;
    const response = await transport
      .send({
        method: "GET",
        origin: at.origin,
        path: at.pathname + at.search,
        headers: {
          ...headers,
          "user-agent": "inhouse",
          "accept-encoding": "identity",
          ...(isFirst && key !== undefined ? { authorization: key } : {}),
        },
        signal,
        timeouts,
      })
      .catch((error: unknown) => Promise.reject(withoutQuery(error, at)));
    if (response.status === 401 && isFirst && authorization && !isRenewed) {
      isRenewed = true;
      const next = await authorization(response);
      response.release();
      if (next !== undefined) {
        key = next;
        continue;
      }
    }
    if (redirects.has(response.status)) {
      response.release();
      followed += 1;
      at = nextAddress(at, headerOf(response, "location"), followed);
      continue;
    }
    if (response.status !== 200 && response.status !== 206) throw refusedReply(shown(at), response);
    return checkedReply(response, at);
  }
}

/** An address without what may be a signature. */
const shown = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

function nextAddress(from: URL, location: string | undefined, followed: number): URL {
  const refuse = (words: string): InhouseError =>
    new InhouseError("redirect", `${shown(from)} leads elsewhere, ${words}.`, {
      hint: "Look at the mirror's settings, or name the address that the files really have.",
    });
  if (followed > mostRedirects) throw refuse(`more than ${mostRedirects} times`);
  if (location === undefined || !URL.canParse(location, from.href)) throw refuse("and does not say where");
  const to = new URL(location, from.href);
  if (to.protocol !== "https:" && to.protocol !== "http:") throw refuse(`by ${to.protocol}, which is not spoken here`);
  if (from.protocol === "https:" && to.protocol === "http:")
    throw refuse("from https to http, where anybody can listen");
  if (to.username !== "" || to.password !== "") throw refuse("with a password in the address");
  return to;
}

function checkedReply(response: HttpResponse, at: URL): HttpResponse {
  const encoding = headerOf(response, "content-encoding") ?? "identity";
  const type = headerOf(response, "content-type") ?? "";
  if (encoding !== "identity" && encoding !== "") {
    response.destroy();
    throw badMirror(
      `${shown(at)} came compressed (${encoding.slice(0, 20)}), although none was asked for.`,
      "Switch compression off for this path in the mirror or in the proxy before it.",
    );
  }
  if (/^text\/html/i.test(type)) {
    response.destroy();
    throw badMirror(
      `${shown(at)} is a page of HTML, and no file.`,
      "Does the address name a mirror? A page to log in, or a proxy's, may stand in its place.",
    );
  }
  return response;
}

/** The same error without the query of the address, which may be a signature. */
function withoutQuery(error: unknown, { search }: URL): unknown {
  if (!isInhouseError(error) || search === "" || !error.message.includes(search)) return error;
  const { name: _name, code, message, ...details } = error;
  return new InhouseError(code, message.replaceAll(search, ""), details);
}

/** The whole of a small reply. Rejects with `limit` where it is larger than `maxBytes`, by its header or as it comes. */
export async function smallReply(response: HttpResponse, url: URL, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = Number(headerOf(response, "content-length") ?? 0);
  if (length <= maxBytes) {
    length = 0;
    for await (const chunk of response.body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) break;
    }
  }
  if (length <= maxBytes) return Buffer.concat(chunks, length);
  response.destroy();
  throw new InhouseError("limit", `${shown(url)} is larger than ${maxBytes} bytes: no list of a model's files is.`, {
    hint: "Does the address name a mirror of models?",
  });
}
