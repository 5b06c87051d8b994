import type { Batch, ModelEvent, RecordingEvent } from "../../core/event.ts";
import { fillSegments } from "../../core/fill-segments.ts";
import type { CallContext, Handler } from "../../core/handler.ts";
import type { TranscriptionRequest } from "../../core/request.ts";

/**
 * A transcription with times, in two requests: one for the text, one for the times. With times alone vLLM (0.32.0) leaves
 * out what is said last in each stretch of 30 s that does not end in silence, since the model sets no time at its end; and
 * it does not stream. What is missing among the segments is put there from the text.
 */
export async function* timedTranscription(
  send: Handler,
  request: TranscriptionRequest,
  context: CallContext,
): AsyncGenerator<Batch> {
  const { timestamps: _, ...untimed } = request;
  const timed = { ...request, stream: false };
  // Before there is content, a failure can be mended by another try; a caller who wants a stream wants the text first.
  const early = request.stream ? undefined : await eventsOf(send(timed, context));
  const text: string[] = [];
  for await (const batch of send(untimed, context)) {
    for (const event of batch) if (event.type === "text-delta") text.push(event.text);
    const shown = batch.filter(({ type }) => type !== "finish");
    if (shown.length > 0) yield shown;
  }
  yield withText(early ?? (await eventsOf(send(timed, context))), text.join(""));
}

async function eventsOf(reply: AsyncIterable<Batch>): Promise<readonly ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const batch of reply) events.push(...batch);
  return events;
}

/** What only the reply with times has, its segments filled up. */
function withText(events: readonly ModelEvent[], text: string): Batch {
  const segments = events.flatMap((event) => (event.type === "segment" ? [event] : []));
  const durationMs = events.find((event): event is RecordingEvent => event.type === "recording")?.durationMs;
  const filled = fillSegments(text, segments, durationMs).map((segment): ModelEvent => ({
    ...segment,
    type: "segment",
  }));
  return [
    ...filled,
    ...events.filter(({ type }) => !["start", "text-delta", "reasoning-delta", "segment"].includes(type)),
  ];
}
