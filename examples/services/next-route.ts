/**
 * A chat as a route handler of Next.js, or of whatever else calls a function with a `Request`: put it at
 * `app/api/chat/route.ts`. Next itself ends at once on SIGTERM, unless NEXT_MANUAL_SIG_HANDLE is set.
 */
import { createClient, InhouseError } from "inhouse";
import { llamacpp } from "inhouse/llamacpp";
import { respond } from "inhouse/service";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

const client = createClient({
  provider: llamacpp({ baseURL: process.env["INHOUSE_LLAMACPP_URL"] ?? "http://127.0.0.1:8080" }),
  concurrency: { max: 4, maxQueued: 100 },
  timeout: { readyMs: 0 },
});
process.once("SIGTERM", () => void client.close({ graceMs: 20_000 }));

export async function POST(request: Request): Promise<Response> {
  return respond(async () => client.stream({ messages: await messageOf(request), maxTokens: 500 }), {
    signal: request.signal,
    onError: console.error,
  });
}

/** For the load balancer. */
export async function GET(): Promise<Response> {
  return new Response(null, { status: (await isReady()) ? 200 : 503 });
}

/** Whether calls are answered; a client that is being closed is not ready, nor is a server that is silent for two seconds. */
function isReady(): Promise<boolean> {
  return client.health(AbortSignal.timeout(2_000)).then(
    ({ status }) => status === "ready" || status === "busy",
    () => false,
  );
}

async function messageOf(request: Request): Promise<string> {
  const { message } = parsed(await textOf(request, 65_536)) as { readonly message?: unknown };
  if (typeof message === "string" && message !== "") return message;
  throw new InhouseError("invalid-request", "The body has no message.", { hint: 'Send {"message": "Hello"}.' });
}

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text)) as object;
  } catch (cause) {
    throw new InhouseError("invalid-request", "The body is no JSON.", { cause });
  }
}

/** The body, of which no more than its bound is ever held. */
async function textOf(request: Request, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const body = request.body?.getReader(); // the types that Next has of it cannot be iterated
  for (let step = await body?.read(); step?.value; step = await body?.read()) {
    length += step.value.length;
    if (length > maxBytes) throw new InhouseError("too-large", `The body has more than ${maxBytes} bytes.`);
    pieces.push(step.value);
  }
  return Buffer.concat(pieces).toString();
}
