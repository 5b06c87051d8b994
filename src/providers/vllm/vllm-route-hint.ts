import { isInhouseError, withDetails } from "../../core/error.ts";
import { send, type Endpoint, type EndpointRequest } from "../../http/endpoint.ts";
import { wholeBody } from "../../http/whole-body.ts";

/** Sends a request and reads its reply as text: vLLM's metrics are no JSON, nor is what it says of adapters. */
export async function askText(endpoint: Endpoint, request: EndpointRequest): Promise<string> {
  const response = await send(endpoint, request);
  const body = wholeBody();
  for await (const bytes of response.body) body.feed(bytes);
  return body.end()[0]?.data ?? "";
}

/** The reply; where the server has no such route, the error says what would open it. */
export async function withRouteHint<Reply>(hint: string, reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply;
  } catch (error) {
    if (isInhouseError(error) && error.status === 404 && error.code === "unsupported") {
      throw withDetails(error, { hint });
    }
    throw error;
  }
}
