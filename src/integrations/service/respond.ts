import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import { answerBody, type AnswerFormat } from "./answer-body.ts";
import { errorResponse } from "./error-response.ts";

/** What `client.stream()`, `streamTools()` and `streamTranscription()` give. */
export type AnsweredStream = AsyncIterable<{ readonly type: string }>;

/**
 * Begins the answer; what it throws becomes a status, too. The stream ends by itself when the caller leaves: `signal` is for
 * calls that come before it, such as a search.
 */
export type StartAnswer = (signal: AbortSignal) => AnsweredStream | Promise<AnsweredStream>;

/** Options of `respond`. */
export interface RespondOptions {
  /** Aborts when the caller has left: the `signal` of a `Request`. Default: only the cancelled body tells. */
  readonly signal?: AbortSignal;
  /** `events` (the default) are those of the stream, as server-sent events; `text` is the first answer's text alone. */
  readonly format?: AnswerFormat;
  /** Hears of every error that ended a call, for the log; not of callers who left. */
  readonly onError?: (error: unknown) => void;
}

const optionNames: Record<keyof RespondOptions, true> = { signal: true, format: true, onError: true };

/** Events after which an error still has a status of its own: what comes before a reply is on its way. */
const openings = ["start", "warning", "retry", "raw"];

/**
 * Answers a request with a stream. The status is told when the call is on its way: with `events` at the first sign of life
 * (content, or `progress` while it waits), with `text` at the first content. An error before that is an `errorResponse()`;
 * one after it is an `event: error`, and breaks a text off, so that nobody takes half of it for the whole. Never rejects
 * because of a call; throws `invalid-request` for a wrong option.
 */
export async function respond(start: StartAnswer, options: RespondOptions = {}): Promise<Response> {
  checkOptions("respond", options, optionNames);
  const { signal = new AbortController().signal, format = "events", onError } = options;
  if (format !== "events" && format !== "text") {
    throw new InhouseError("invalid-request", 'format is "events" or "text".', { hint: "Leave it out for events." });
  }
  const decides = ({ type }: { readonly type: string }): boolean =>
    !openings.includes(type) && (format === "events" || type !== "progress");

  function told(error: unknown): unknown {
    if (!signal.aborted) onError?.(error);
    return error;
  }

  try {
    if (signal.aborted) throw new InhouseError("abort", "The caller has left.");
    const events = (await start(signal))[Symbol.asyncIterator]();
    const leave = (): void => void events.return?.();
    if (signal.aborted) leave(); // meanwhile
    signal.addEventListener("abort", leave, { once: true });
    const { body, headers } = answerBody(await opened(events, decides), format, told);
    return new Response(body, { headers });
  } catch (error) {
    return errorResponse(told(error));
  }
}

/** The events from their beginning, once one has come that decides. */
async function opened<Event>(
  events: AsyncIterator<Event>,
  decides: (event: Event) => boolean,
): Promise<AsyncIterator<Event>> {
  const held: Event[] = [];
  for (;;) {
    const step = await events.next();
    if (!step.done) held.push(step.value);
    if (step.done || decides(step.value)) break;
  }
  return {
    next() {
      const value = held.shift();
      return value === undefined ? events.next() : Promise.resolve({ done: false, value });
    },
    return: async () => (await events.return?.()) ?? { done: true, value: undefined },
  };
}
