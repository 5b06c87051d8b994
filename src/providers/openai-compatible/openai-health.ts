import { isInhouseError, type InhouseError } from "../../core/error.ts";
import type { Health } from "../../core/health.ts";
import { send, type Endpoint } from "../../http/endpoint.ts";
import { introspection } from "./openai-models.ts";

/**
 * How a server is, by what a GET of `path` gives; an answer that refuses the key or the path is an answer. `read` knows
 * better what some failures mean on one server.
 */
export async function askHealth(
  endpoint: Endpoint,
  path: string,
  signal?: AbortSignal,
  read: (error: InhouseError) => Health | undefined = () => undefined,
): Promise<Health> {
  try {
    const response = await send(endpoint, { method: "GET", path, signal, timeouts: introspection });
    response.release();
    return { status: "ready" };
  } catch (error) {
    if (!isInhouseError(error) || error.code === "abort" || error.code === "closed") throw error;
    return read(error) ?? healthOf(error);
  }
}

/** What the failure of a health check means. */
function healthOf({ code, status, message }: InhouseError): Health {
  if (code === "not-ready") return { status: "loading", detail: message };
  if (code === "connect" || code === "dns") return { status: "down", detail: message };
  // A port that is forwarded takes connections before the server does, and a proxy answers in its place.
  if (code === "reset" || code === "truncated" || status === 502 || status === 503) {
    return { status: "starting", detail: message };
  }
  const answers = status !== undefined && status >= 400 && status < 500 && code !== "timeout";
  return answers ? { status: "ready", detail: message } : { status: "wedged", detail: message };
}
