import { callEnd } from "../core/call-end.ts";
import { endOf } from "../core/call-signal.ts";
import { withDetails, type InhouseError } from "../core/error.ts";
import type { Batch, ModelEvent } from "../core/event.ts";
import type { CallContext } from "../core/handler.ts";
import type { ModelRequest } from "../core/request.ts";
import type { HttpResponse } from "../core/transport.ts";
import { secretsOf, send, type Endpoint } from "./endpoint.ts";
import type { Framing } from "./framing.ts";
import type { JsonObject } from "./json.ts";
import { asInhouseError, replyReader, type Decoded, type ReplyReader } from "./read-reply.ts";
import { wholeBody } from "./whole-body.ts";
import type { WireRequest } from "./wire-request.ts";

/** Writes a request for one server. */
export type Encode = (request: ModelRequest, context: CallContext) => WireRequest | Promise<WireRequest>;

/** Encodes a request, sends it and decodes its reply, a batch of events for each read of the socket. */
export function converse(
  endpoint: Endpoint,
  encode: Encode,
  request: ModelRequest,
  context: CallContext,
): AsyncIterable<Batch> {
  return { [Symbol.asyncIterator]: () => conversation(endpoint, encode, request, context) };
}

/** Written by hand: an async generator would cost every token several promises. */
function conversation(
  endpoint: Endpoint,
  encode: Encode,
  request: ModelRequest,
  context: CallContext,
): AsyncIterator<Batch> {
  let sent: Pick<WireRequest, "path" | "model"> | undefined; // the whole would keep the prompt while the reply comes
  let response: HttpResponse | undefined;
  let bytes: AsyncIterator<Uint8Array> | undefined; // of the body, until its end
  let reader: ReplyReader;
  let opening: Batch = []; // until it has been handed out
  let last: Decoded | undefined; // what is to be thrown after the last batch
  let requestId: string | undefined;
  let { secrets } = endpoint;
  let begun = false;
  let left = false;
  const ofCall = endOf(context);
  const ending = callEnd(); // with the call, or when the reader leaves
  const onCallEnd = (): void => ending.abort(ofCall.reason);

  /** Resolves when the reply's headers are there. */
  async function begin(): Promise<void> {
    begun = true;
    const { timeouts, id, attempt, headers } = context;
    if (ofCall.aborted) onCallEnd();
    else ofCall.addEventListener("abort", onCallEnd, { once: true });
    const wire = await encode(request, context);
    const { path, body, files, form, model, warnings } = wire;
    sent = { path, model };
    const written = { method: "POST", path, body, files, form } as const;
    response = await send(endpoint, { ...written, signal: ending, timeouts, id, attempt, headers });
    if (left) return void leave();
    requestId = headerText(response, "x-request-id");
    opening = [
      { type: "start", status: response.status, ...(requestId === undefined ? {} : { requestId }) },
      ...warnings.map((warning): ModelEvent => ({ type: "warning", warning })),
    ];
    if (headers) secrets = [...secrets, ...secretsOf(headers)];
    reader = replyReader(wire, framingOf(wire, response), secrets);
    bytes = response.body[Symbol.asyncIterator]();
  }

  /** Reads until there is a batch. */
  function read(): Promise<IteratorResult<Batch>> {
    return bytes ? bytes.next().then(onBytes, onFailure) : Promise.resolve(over);
  }

  function onBytes(step: IteratorResult<Uint8Array>): IteratorResult<Batch> | Promise<IteratorResult<Batch>> {
    const decoded = step.done ? reader.end() : reader.feed(step.value);
    if (decoded.report || decoded.failure) last = decoded;
    else if (decoded.over) {
      bytes = undefined;
      ofCall.removeEventListener("abort", onCallEnd);
      response?.release();
      response = undefined;
    }
    if (decoded.batch.length > 0 || (decoded.over && opening.length > 0)) return delivered(decoded.batch);
    if (last) return failed(last);
    return read();
  }

  function delivered(batch: Batch): IteratorResult<Batch> {
    const value = opening.length > 0 ? [...opening, ...batch] : batch;
    opening = [];
    return { done: false, value };
  }

  async function failed({ report, failure }: Decoded): Promise<never> {
    onFailure(report ? await reported({ ...endpoint, secrets }, sent?.path, report, reader.begun()) : failure);
  }

  function onFailure(error: unknown): never {
    void leave();
    throw withDetails(asInhouseError(error), {
      provider: endpoint.provider,
      ...(sent?.model === undefined ? {} : { model: sent.model }),
      ...(requestId === undefined ? {} : { requestId }),
    });
  }

  function leave(): IteratorResult<Batch> {
    left = true;
    last = undefined;
    bytes = undefined;
    ofCall.removeEventListener("abort", onCallEnd);
    response?.destroy();
    response = undefined;
    ending.abort(); // what has no response yet
    return over;
  }

  return {
    next() {
      if (last) return failed(last);
      return begun || left ? read() : begin().then(read, onFailure);
    },
    return: () => Promise.resolve(leave()),
  };
}

const over: IteratorResult<Batch> = { done: true, value: undefined };

/** The framing that the reply has: a server may answer a request for a stream with one JSON value. */
function framingOf(wire: WireRequest, response: HttpResponse): Framing {
  const type = headerText(response, "content-type") ?? "";
  return /^application\/json\b/i.test(type) ? wholeBody() : wire.framing();
}

async function reported(
  endpoint: Endpoint,
  path: string | undefined,
  report: JsonObject,
  begun: boolean,
): Promise<InhouseError> {
  const { reportedFailure } = await import("./status-failure.ts");
  const place = `${endpoint.origin}${endpoint.prefix}${path ?? ""}`;
  return reportedFailure(report, place, begun, endpoint.classify, endpoint.secrets);
}

function headerText(response: HttpResponse, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
