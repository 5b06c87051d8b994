import { InhouseError, isInhouseError, withDetails } from "../core/error.ts";
import type { Batch, ModelEvent } from "../core/event.ts";
import type { CallContext } from "../core/handler.ts";
import type { ModelRequest } from "../core/request.ts";
import type { Warning } from "../core/result.ts";
import type { HttpResponse } from "../core/transport.ts";
import { send, type Endpoint } from "./endpoint.ts";
import type { Frame, Framing } from "./framing.ts";
import { isObject, parseJson, type JsonObject } from "./json.ts";
import { wholeBody } from "./whole-body.ts";

/** Turns the JSON values of one reply into events. */
export interface Decoder {
  /** Appends the events of one value. Throws `protocol` for what it does not understand. */
  value(value: unknown, batch: ModelEvent[]): void;
  /** The reply said that it is complete, so what may follow is of no interest. */
  readonly complete: boolean;
  /** At the end of the reply: appends what is left and `finish`, or throws `truncated`. */
  end(batch: ModelEvent[]): void;
}

/** A request as one server understands it, and how to read the reply. */
export interface WireRequest {
  readonly path: string;
  readonly body: unknown;
  /** How the reply is cut into values: `sse`, `ndjson` or `wholeBody`. */
  readonly framing: () => Framing;
  readonly decoder: Decoder;
  /** What of the request was translated or left out. */
  readonly warnings: readonly Warning[];
  readonly model: string | undefined;
  readonly includeRaw: boolean;
}

/** Encodes a request, sends it and decodes its reply, a batch of events for each read of the socket. */
export async function* converse(
  endpoint: Endpoint,
  encode: (request: ModelRequest) => WireRequest | Promise<WireRequest>,
  request: ModelRequest,
  context: CallContext,
): AsyncGenerator<Batch> {
  const { signal, timeouts, id } = context;
  const wire = await encode(request);
  let open: HttpResponse | undefined;
  let requestId: string | undefined;
  try {
    open = await send(endpoint, { method: "POST", path: wire.path, body: wire.body, signal, timeouts, id });
    requestId = headerText(open, "x-request-id");
    yield [
      { type: "start", status: open.status, ...(requestId === undefined ? {} : { requestId }) },
      ...wire.warnings.map((warning): ModelEvent => ({ type: "warning", warning })),
    ];
    const framing = framingOf(wire, open);
    for await (const bytes of open.body) {
      const { batch, over, report, failure } = decode(wire, () => framing.feed(bytes));
      if (batch.length > 0) yield batch;
      if (report) throw await reported(endpoint, wire, report);
      if (failure !== undefined) throw failure;
      if (!over) continue;
      open.release();
      open = undefined;
      return;
    }
    const { batch, report, failure } = decode(wire, () => framing.end(), true);
    if (batch.length > 0) yield batch;
    if (report) throw await reported(endpoint, wire, report);
    if (failure !== undefined) throw failure;
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

interface Decoded {
  readonly batch: Batch;
  /** The reply said that it is complete. */
  readonly over: boolean;
  /** What the server reported instead of going on. */
  readonly report?: JsonObject;
  /** Why decoding stopped; the batch holds what came before, which the caller is to see first. */
  readonly failure?: unknown;
}

function decode(wire: WireRequest, cut: () => readonly Frame[], last = false): Decoded {
  const { decoder } = wire;
  const batch: ModelEvent[] = [];
  try {
    for (const { data, event } of cut()) {
      const done = data === "[DONE]";
      if (!done) {
        const value = event === "error" ? errorValue(data) : parseJson(data);
        if (isObject(value) && value["error"]) return { batch, over: true, report: value };
        if (wire.includeRaw) batch.push({ type: "raw", value });
        decoder.value(value, batch);
      }
      if (done || decoder.complete) {
        decoder.end(batch);
        return { batch, over: true };
      }
    }
    if (last) decoder.end(batch);
    return { batch, over: last };
  } catch (failure) {
    return { batch, over: true, failure };
  }
}

/** The framing that the reply has: a server may answer a request for a stream with one JSON value. */
function framingOf(wire: WireRequest, response: HttpResponse): Framing {
  const type = headerText(response, "content-type") ?? "";
  return /^application\/json\b/i.test(type) ? wholeBody() : wire.framing();
}

/** An `event: error` whose data may be an error object, an object that holds one, or plain words. */
function errorValue(data: string): unknown {
  try {
    const value = parseJson(data);
    return isObject(value) && value["error"] ? value : { error: value };
  } catch {
    return { error: data };
  }
}

/** The error that a reply of status 200 reported inside itself. */
async function reported(endpoint: Endpoint, wire: WireRequest, report: JsonObject): Promise<InhouseError> {
  const { readServerReport, reportFailure } = await import("./status-failure.ts");
  const code = isObject(report["error"]) ? Number(report["error"]["code"]) : Number.NaN;
  return reportFailure(
    readServerReport(JSON.stringify(report), Number.isInteger(code) ? code : 200),
    `${endpoint.origin}${endpoint.prefix}${wire.path}`,
    endpoint.classify,
    { secret: endpoint.apiKey, fallback: "stream-error" },
  );
}

function headerText(response: HttpResponse, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An error of our own kind; anything else here would be a mistake in a decoder, and is reported as one. */
function asInhouseError(error: unknown): InhouseError {
  if (isInhouseError(error)) return error;
  return new InhouseError("protocol", "The reply could not be decoded.", { cause: error });
}
