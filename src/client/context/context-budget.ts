import { InhouseError, withDetails } from "../../core/error.ts";
import type { Batch } from "../../core/event.ts";
import type { CallContext, Handler } from "../../core/handler.ts";
import type { PromptSize, Provider } from "../../core/provider.ts";
import type { ChatRequest, CompletionRequest } from "../../core/request.ts";
import type { Target } from "../target.ts";
import { cutPrompt } from "./cut-prompt.ts";
import { fittedReply, type Fitted } from "./fitted-reply.ts";
import { likelyTokens, textBytes } from "./prompt-bytes.ts";
import { refusedSize, sizeOf } from "./prompt-size.ts";
import { trimMessages } from "./trim-messages.ts";

type Generation = ChatRequest | CompletionRequest;

/** Tokens that are kept for an answer whose length the caller does not limit. */
const usualAnswer = 256;

/** How often a server may refuse a conversation and get a shorter one; its numbers lead to the right length at once, as a rule. */
const mostRefusals = 4;

/**
 * Sends a request whose prompt fits into the window of its target, room for the answer included. Where its bytes alone
 * show that it fits, nothing is asked; else the server counts, once. One that does not fit fails with `context-length`, or
 * loses its oldest turns where the request says so. What cannot be counted before is left to the server, whose refusal
 * comes with its numbers. `asSent` is what becomes of a conversation behind `next`: that is what must fit, while turns are
 * found in the conversation as it was given.
 */
export async function withinContext(
  target: Target,
  request: Generation,
  context: CallContext,
  next: Handler,
  asSent: (request: ChatRequest) => ChatRequest,
): Promise<AsyncIterable<Batch>> {
  const { provider } = target;
  const written = (given: Generation): Generation => (given.kind === "chat" ? asSent(given) : given);
  const size = await sizeOf(target, written(request), roomFor(request), context.signal);
  let refusals = 0;

  /** What is sent in place of what the server refused, or the error with what else is known. */
  async function refit(refused: Fitted, error: InhouseError): Promise<Fitted | InhouseError> {
    const told = await refusedSize(provider, written(refused.request), error, size, context.signal);
    refusals += 1;
    const shorter = refusals > mostRefusals ? undefined : trimmed(refused.request, told);
    return shorter ? { ...shorter, dropped: refused.dropped + shorter.dropped } : withDetails(error, told);
  }

  return fittedReply(fitted(provider, request, size), {
    send: (shorter) => next(shorter, context),
    refit,
    atEnd: (sent, finish) => cutPrompt(provider, sent, finish, size.mayBeCut ?? false),
  });
}

/** The request as it is to be sent; throws `context-length` where the server's own count says that it does not fit. */
function fitted(
  provider: Provider,
  request: Generation,
  { promptTokens, contextLength, mayBeCut }: PromptSize,
): Fitted {
  const whole = { request, dropped: 0 };
  if (contextLength === undefined || mayBeCut) return whole;
  const tokens = promptTokens ?? (trims(request) ? likelyTokens(request) : 0);
  if (tokens + roomFor(request)(contextLength) <= contextLength) return whole;
  const shorter = trimmed(request, { promptTokens: tokens, contextLength });
  if (shorter) return shorter;
  // What trimming makes room for is more than what a call is refused for.
  const room = roomFor(request, "refuse")(contextLength);
  if (promptTokens === undefined || promptTokens + room <= contextLength) return whole;
  throw tooLong(provider, request, promptTokens, contextLength, room);
}

/** A conversation without its oldest turns; undefined where it may not be trimmed, or has nothing more to lose. */
function trimmed(request: Generation, { promptTokens, contextLength }: PromptSize): Fitted | undefined {
  if (!trims(request)) return undefined;
  const bytes = textBytes(request);
  let excess = bytes / 2; // where the server tells no numbers
  if (contextLength !== undefined) {
    const tokens = Math.max(1, promptTokens ?? likelyTokens(request));
    // Not every message has as many bytes to a token as the whole: a twentieth is left free for that.
    const most = 0.95 * (contextLength - roomFor(request)(contextLength));
    excess = (tokens - most) * Math.min(8, bytes / tokens);
  }
  const shorter = trimMessages(request.messages, excess);
  return shorter && { request: Object.freeze({ ...request, messages: shorter.messages }), dropped: shorter.dropped };
}

const trims = (request: Generation): request is ChatRequest => request.kind === "chat" && request.context === "trim";

/**
 * Tokens of a window that are kept for the answer: as many as it may have, but a quarter of the window at the most, since
 * few answers are as long as they may be. Where turns may go, it is half of the window.
 */
function roomFor(request: Generation, policy: ChatRequest["context"] = trims(request) ? "trim" : "refuse") {
  const { maxTokens = usualAnswer } = request.sampling;
  return (contextLength: number): number =>
    Math.min(maxTokens, Math.floor(contextLength / (policy === "trim" ? 2 : 4)));
}

function tooLong(
  { name }: Provider,
  request: Generation,
  promptTokens: number,
  contextLength: number,
  room: number,
): InhouseError {
  const kept = promptTokens > contextLength ? "" : `, of which ${room} are kept for the answer`;
  return new InhouseError(
    "context-length",
    `The prompt has ${promptTokens} tokens, and the window of the model ${contextLength}${kept}.`,
    {
      provider: name,
      ...(request.model === undefined ? {} : { model: request.model }),
      promptTokens,
      contextLength,
      hint: `Shorten the prompt${kept && ", lower maxTokens"}${request.kind === "chat" ? ', pass context: "trim"' : ""}, or start the server with a larger context.`,
    },
  );
}
