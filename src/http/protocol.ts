import { withDetails, type InhouseError } from "../core/error.ts";
import type { Batch, ModelEvent } from "../core/event.ts";
import type { CallContext } from "../core/handler.ts";
import type { ModelRequest } from "../core/request.ts";
import type { HttpResponse } from "../core/transport.ts";
import { send, type Endpoint } from "./endpoint.ts";
import type { Framing } from "./framing.ts";
import type { JsonObject } from "./json.ts";
import { asInhouseError, replyReader } from "./read-reply.ts";
import { wholeBody } from "./whole-body.ts";
import type { WireRequest } from "./wire-request.ts";

/** Encodes a request, sends it and decodes its reply, a batch of events for each read of the socket. */
export async function* converse(
  endpoint: Endpoint,
  encode: (request: ModelRequest, signal: AbortSignal) => WireRequest | Promise<WireRequest>,
  request: ModelRequest,
  context: CallContext,
): AsyncGenerator<Batch> {
  const { signal, timeouts, id } = context;
  const wire = await encode(request, signal);
  let open: HttpResponse | undefined;
  let requestId: string | undefined;
  try {
    open = await send(endpoint, { method: "POST", path: wire.path, body: wire.body, signal, timeouts, id });
    requestId = headerText(open, "x-request-id");
    const opening: Batch = [
      { type: "start", status: open.status, ...(requestId === undefined ? {} : { requestId }) },
      ...wire.warnings.map((warning): ModelEvent => ({ type: "warning", warning })),
    ];
    const framing = framingOf(wire, open);
    const streams = framing.streams;
    if (streams) yield opening; // else with the answer, which comes in one piece
    const reader = replyReader(wire, framing, endpoint.apiKey);
    for await (const bytes of open.body) {
      const { batch, over, report, failure } = reader.feed(bytes);
      if (batch.length > 0) yield batch;
      if (report) throw await reported(endpoint, wire, report, reader.begun);
      if (failure) throw failure;
      if (!over) continue;
      open.release();
      open = undefined;
      return;
    }
    const { batch, report, failure } = reader.end();
    if (batch.length > 0 || !streams) yield streams ? batch : [...opening, ...batch];
    if (report) throw await reported(endpoint, wire, report, reader.begun);
    if (failure) throw failure;
  } catch (error) {
    throw withDetails(asInhouseError(error), {
      provider: endpoint.provider,
      ...(wire.model === undefined ? {} : { model: wire.model }),
      ...(requestId === undefined ? {} : { requestId }),
    });
  } finally {
    open?.destroy();
  }
}

/** The framing that the reply has: a server may answer a request for a stream with one JSON value. */
function framingOf(wire: WireRequest, response: HttpResponse): Framing {
  const type = headerText(response, "content-type") ?? "";
  return /^application\/json\b/i.test(type) ? wholeBody() : wire.framing();
}

async function reported(
  endpoint: Endpoint,
  { path }: WireRequest,
  report: JsonObject,
  begun: boolean,
): Promise<InhouseError> {
  const { reportedFailure } = await import("./status-failure.ts");
  const place = `${endpoint.origin}${endpoint.prefix}${path}`;
  return reportedFailure(report, place, begun, endpoint.classify, endpoint.apiKey);
}

function headerText(response: HttpResponse, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
