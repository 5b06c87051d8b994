import type { EndSignal } from "../core/call-end.ts";
import { InhouseError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import { parseBaseURL } from "./base-url.ts";
import { requestHeaders } from "./endpoint.ts";
import { probe, type Probe, type ProbeOptions } from "./probe.ts";
import { asInhouseError } from "./read-reply.ts";
import type { Identification, ProbeReplies, ServerIdentity } from "./server-identity.ts";

/** An address where a model server may be. */
export interface Candidate {
  readonly baseURL: string;
  readonly apiKey?: string;
  /** Who names it, in words for a message: `OLLAMA_HOST`, `the usual port of vLLM`. */
  readonly namedBy: string;
  /** Nobody said that a server is there, so it is asked without the key and headers, which are for that server alone. */
  readonly guessed?: boolean;
}

/** A server that said who it is. */
export interface FoundServer {
  readonly candidate: Candidate;
  /** The address without the `/v1` of the OpenAI protocol. */
  readonly rootURL: string;
  readonly identity: ServerIdentity;
  readonly identification: Identification;
  readonly replies: ProbeReplies;
}

/** An address where no model server was recognised, and why. */
export interface MissedServer {
  readonly candidate: Candidate;
  readonly failure: InhouseError;
}

/** How it is looked for. */
export interface FindOptions {
  readonly transport: Transport;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: EndSignal;
  /** For the whole reply to each question, in milliseconds. */
  readonly timeoutMs: number;
}

/** Asks at one address who is there: all questions of all identities at once, the first identity that knows itself counts. */
export async function findServer(
  candidate: Candidate,
  identities: readonly ServerIdentity[],
  options: FindOptions,
): Promise<FoundServer | MissedServer> {
  let place: Pick<ProbeOptions, "origin" | "prefix" | "headers">;
  try {
    place = placeOf(candidate, options.headers);
    options.transport.checkOrigin?.(place.origin);
  } catch (error) {
    return { candidate, failure: asInhouseError(error) };
  }
  const { origin, prefix: root } = place;
  const paths = [...new Set(identities.flatMap((identity) => identity.paths))];
  const asked = await probe(paths, { ...options, ...place });
  for (const identity of identities) {
    const identification = identity.identify(asked.replies);
    if (!identification) continue;
    return { candidate, rootURL: origin + root, identity, identification, replies: asked.replies };
  }
  return { candidate, failure: unrecognised(origin + root, asked) };
}

/** Where the questions go, and with which headers. */
function placeOf(
  { baseURL, apiKey, guessed }: Candidate,
  headers: FindOptions["headers"],
): Pick<ProbeOptions, "origin" | "prefix" | "headers"> {
  const { origin, prefix } = parseBaseURL(baseURL, "http://127.0.0.1:8000");
  const known = guessed ? {} : { headers, ...(apiKey === undefined ? {} : { apiKey }) };
  return { origin, prefix: prefix.replace(/\/v1$/, ""), headers: requestHeaders(known) };
}

/** What is there instead of a model server. */
function unrecognised(url: string, { replies, failures }: Probe): InhouseError {
  const all = [...replies.values()];
  const [failure] = failures.values();
  if (all.length === 0 && failure) return failure;
  const redirect = all.find(({ status }) => status >= 300 && status < 400);
  if (redirect) {
    return new InhouseError(
      "redirect",
      `${url} sends its callers elsewhere (${redirect.status})${targetOf(redirect)}.`,
      {
        status: redirect.status,
        hint: "A login page or captive portal may stand before the server: use the server's own address.",
      },
    );
  }
  const refused = all.find(({ status }) => status === 401 || status === 403);
  if (refused) {
    return new InhouseError("auth", `${url} tells nothing about itself without a key (${refused.status}).`, {
      status: refused.status,
      hint: "Pass apiKey; a proxy may want a header of its own: pass headers.",
    });
  }
  const page = all.some(({ body }) => typeof body === "string" && /^\s*<(!doctype|html)/i.test(body));
  const paths = [...replies].map(([path, { status }]) => `${path}: ${status}`).join(", ");
  return new InhouseError("protocol", `${url} is ${page ? "a web page" : "no model server known here"} (${paths}).`, {
    hint: page
      ? "Check host and port: a web server or a user interface answers there."
      : "Name the provider yourself, such as openaiCompatible({ baseURL }), if it speaks the OpenAI protocol.",
  });
}

function targetOf({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): string {
  const location = headers["location"];
  return typeof location === "string" && URL.canParse(location) ? ` to ${new URL(location).origin}` : "";
}
