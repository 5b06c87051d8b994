import { callEnd, type EndSignal } from "../core/call-end.ts";
import { InhouseError, isInhouseError } from "../core/error.ts";
import type { HttpResponse, Transport } from "../core/transport.ts";
import type { ProbeReplies, ProbeReply } from "./server-identity.ts";

/** Most bytes of a reply that are read. */
const maxReplyBytes = 1_048_576;

/** Where and how the questions are asked. */
export interface ProbeOptions {
  readonly transport: Transport;
  /** Scheme, host and port. */
  readonly origin: string;
  /** What comes before each path. */
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: EndSignal;
  /** For the whole reply to each question, in milliseconds. */
  readonly timeoutMs: number;
}

/** What came of the questions. */
export interface Probe {
  readonly replies: ProbeReplies;
  /** Why paths have no reply. */
  readonly failures: ReadonlyMap<string, InhouseError>;
}

/** Asks a server several questions at once. Rejects only when aborted. */
export async function probe(paths: readonly string[], options: ProbeOptions): Promise<Probe> {
  const { signal, timeoutMs } = options;
  const replies = new Map<string, ProbeReply>();
  const failures = new Map<string, InhouseError>();
  const end = callEnd();
  const onAbort = (): void => end.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  const late = setTimeout(() => end.abort(timeoutError(options)), timeoutMs);
  try {
    await Promise.all(
      paths.map(async (path) => {
        try {
          replies.set(path, await replyOf(path, { ...options, signal: end }));
        } catch (error) {
          if (!isInhouseError(error) || error.code === "abort") throw error;
          failures.set(path, error);
        }
      }),
    );
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", onAbort);
  }
  return { replies, failures };
}

function timeoutError({ origin, prefix, timeoutMs }: ProbeOptions): InhouseError {
  return new InhouseError("timeout", `${origin}${prefix} did not answer within ${timeoutMs} ms.`, {
    phase: "total",
    hint: "Check scheme, host and port; a server that is slow to answer needs a larger timeoutMs.",
  });
}

async function replyOf(
  path: string,
  { transport, origin, prefix, headers, signal }: ProbeOptions,
): Promise<ProbeReply> {
  const response = await transport.send({ method: "GET", origin, path: prefix + path, headers, signal });
  return { status: response.status, headers: response.headers, body: await bodyOf(response) };
}

/** The beginning of the body, parsed where it is JSON. */
async function bodyOf(response: HttpResponse): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxReplyBytes) break;
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
