import { abortError, isInhouseError, type InhouseError } from "../../core/error.ts";
import type { Admission, CallerGate } from "./caller-limits.ts";
import { eventStream, eventStreamHeaders, type StreamPiece } from "./event-stream-body.ts";
import { errorOf, errorReply, errorResponse, inOwnWords } from "./gateway-error.ts";
import type { Caller, GatewayOptions, GatewayRecord, GatewayRequest } from "./gateway-options.ts";
import type { OfferedModels } from "./offered-models.ts";
import type { Answered, Operation, Told } from "./operation.ts";
import type { BodyBounds } from "./read-body.ts";

/** What all operations of a gateway share. */
export interface ServingSettings extends Pick<GatewayOptions, "onRequest" | "onEnd"> {
  readonly gate: CallerGate;
  readonly models: OfferedModels;
  readonly bounds: BodyBounds;
}

/** A request that somebody may make. */
export interface Admitted {
  readonly request: Request;
  readonly path: string;
  readonly id: string;
  readonly caller: Caller | undefined;
}

/** Answers one request with an operation, and tells what became of it. Its caller's leaving ends the client's call. */
export async function serveOperation(
  operation: Operation,
  { request, path, id, caller }: Admitted,
  settings: ServingSettings,
): Promise<Response> {
  const startedAt = performance.now();
  const leaving = new AbortController();
  const leave = (): void => leaving.abort(request.signal.reason);
  request.signal.addEventListener("abort", leave, { once: true });
  if (request.signal.aborted) leave();
  let admission: Admission | undefined;
  let about: GatewayRequest = { id, path, stream: false, ...(caller ? { caller: caller.name } : {}) };
  let over = false;

  async function end(status: number, told: Partial<Told>, error?: InhouseError): Promise<void> {
    if (over) return;
    over = true;
    request.signal.removeEventListener("abort", leave);
    const { result, pieces = 0 } = told;
    const usage = result?.usage;
    admission?.end(usage ? usage.inputTokens + usage.outputTokens : pieces);
    const record: GatewayRecord = {
      ...about,
      status,
      ended: error ? (error.code === "abort" ? "aborted" : "error") : "complete",
      durationMs: performance.now() - startedAt,
      ...(result ? { callId: result.callId } : {}),
      ...(usage ? { usage } : {}),
      ...(error ? { error } : {}),
    };
    await settings.onEnd?.(record);
  }

  /** What was thrown, as an error of ours: whatever fails after the caller left, failed by that. */
  const failureOf = (thrown: unknown): InhouseError =>
    leaving.signal.aborted ? abortError(leaving.signal) : errorOf(thrown);

  async function target(model: unknown, stream: boolean) {
    const found = settings.models.find(model, caller);
    about = { ...about, stream, ...(found.name === undefined ? {} : { model: found.name }) };
    try {
      await settings.onRequest?.(about);
    } catch (thrown) {
      throw isInhouseError(thrown) ? inOwnWords(thrown) : thrown;
    }
    const tags = { gatewayRequest: id, ...(caller ? { caller: caller.name } : {}) };
    const named = found.model === undefined ? {} : { model: found.model };
    return { client: found.client, name: found.name, call: { ...named, tags, signal: leaving.signal } };
  }

  async function* toItsEnd(
    first: IteratorResult<StreamPiece>,
    { pieces, told, endMark }: Extract<Answered, { pieces: unknown }>,
  ): AsyncGenerator<StreamPiece> {
    try {
      for (let step = first; !step.done; step = await pieces.next()) yield step.value;
      await end(200, told);
      if (endMark) yield { data: "[DONE]" };
    } catch (thrown) {
      const error = failureOf(thrown);
      await end(200, told, error);
      if (error.code !== "abort") yield { event: "error", data: errorReply(error).body };
    } finally {
      if (!over) leaving.abort(); // the reader has left: the model's server stops
      await pieces.return?.();
      await end(200, told, leaving.signal.aborted ? abortError(leaving.signal) : undefined);
    }
  }

  try {
    admission = settings.gate.admit(caller);
    const created = Math.floor(Date.now() / 1_000);
    const answered = await operation({ request, path, id, created, bounds: settings.bounds, target });
    if ("body" in answered) {
      await end(200, { result: answered.result });
      const { body, mediaType = "application/json" } = answered;
      return new Response(typeof body === "string" ? body : JSON.stringify(body), {
        headers: { "content-type": mediaType, "x-request-id": id },
      });
    }
    const first = await answered.pieces.next(); // an error before the first piece has a status of its own
    const body = eventStream(toItsEnd(first, answered), () => leaving.abort());
    return new Response(body, { headers: { ...eventStreamHeaders, "x-request-id": id } });
  } catch (thrown) {
    const error = failureOf(thrown);
    const response = errorResponse(error, id);
    await end(response.status, {}, error);
    return response;
  }
}
