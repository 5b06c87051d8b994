import { InhouseError } from "../../core/error.ts";
import type { HttpResponse, Transport, TransportTimeouts } from "../../core/transport.ts";
import { gather, tooLarge } from "./gather.ts";
import { heldBytes, type OpenedFile } from "./opened-file.ts";

/** What a URL may be fetched by. */
export interface UrlSettings {
  /** Origins, or every one. */
  readonly allowed: boolean | readonly string[];
  readonly transport: Transport | undefined;
  readonly timeouts?: TransportTimeouts | undefined;
  readonly maxFileBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly label: string;
  readonly name?: string | undefined;
}

/**
 * A file fetched by `GET` from one of the origins that are allowed, without any header of the model's server. Rejects with
 * `policy` for another origin or scheme, with `redirect` where the server sends it elsewhere.
 */
export async function openUrl(text: string, settings: UrlSettings): Promise<OpenedFile> {
  const { allowed, transport, label, signal, timeouts, maxFileBytes = heldBytes } = settings;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (!url || !isHttp || url.username !== "" || url.password !== "" || !isAllowed(allowed, url)) {
    throw new InhouseError("policy", `${label}: the client may not fetch this URL.`, {
      hint: "Allow its origin: createClient({ media: { urls: [origin] } }), http or https, without a name and password. Or fetch it yourself and pass its bytes as data, or as a data: URL.",
    });
  }
  if (!transport) throw new InhouseError("unsupported", `${label}: the provider has no transport to fetch it with.`);
  const response = await transport.send({
    method: "GET",
    origin: url.origin,
    path: url.pathname + url.search,
    headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "inhouse" },
    ...(signal ? { signal } : {}),
    ...(timeouts ? { timeouts } : {}),
  });
  checkResponse(response, label, url.origin);
  const told = Number(response.headers["content-length"] ?? Number.NaN);
  const sizeBytes = Number.isSafeInteger(told) ? told : undefined;
  if (sizeBytes !== undefined && sizeBytes > maxFileBytes) {
    response.destroy();
    throw tooLarge(label, maxFileBytes);
  }
  const name = settings.name ?? nameIn(url);
  return {
    ...(name === undefined ? {} : { name }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...gather(response.body, { sizeBytes, maxBytes: maxFileBytes, signal, label }),
    async discard() {
      response.destroy(); // after its end it does nothing
    },
  };
}

function isAllowed(allowed: boolean | readonly string[], { origin }: URL): boolean {
  return typeof allowed === "boolean" ? allowed : allowed.some((entry) => new URL(entry).origin === origin);
}

/** Throws for a reply that is not the file. */
function checkResponse(response: HttpResponse, label: string, origin: string): void {
  const { status, headers } = response;
  const encoding = headers["content-encoding"] ?? "identity";
  if (status === 200 && encoding === "identity") return;
  response.destroy();
  if (status === 200)
    throw new InhouseError("protocol", `${label}: ${origin} sent it compressed, though asked not to.`);
  const code =
    status >= 300 && status < 400
      ? "redirect"
      : status === 404 || status === 410
        ? "not-found"
        : status === 401 || status === 403
          ? "forbidden"
          : status >= 500
            ? "server"
            : "invalid-request";
  throw new InhouseError(code, `${label}: ${origin} answered with status ${status}.`, {
    status,
    ...(code === "redirect" ? { hint: "Redirects are not followed: give the URL where the file is." } : {}),
    ...(code === "forbidden" || code === "not-found"
      ? { hint: "Files are fetched without a key: is it open to all?" }
      : {}),
  });
}

/** The last part of a URL's path, as a name. */
function nameIn({ pathname }: URL): string | undefined {
  const last = pathname.split("/").at(-1);
  return last ? last : undefined;
}
