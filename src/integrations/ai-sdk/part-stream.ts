import type { TextStream } from "../../client/text-stream.ts";
import { isInhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import type { ResultBase, Warning } from "../../core/result.ts";
import { aiSdkError } from "./ai-sdk-error.ts";
import type { LanguageCallOptions, SpecFinishReason, SpecWarning, StreamPart, StreamResult } from "./ai-sdk-spec.ts";
import type { AnswerParts } from "./answer-parts.ts";
import { failedCall, type ModelOfClient } from "./model-call.ts";
import { jsonFields, metadataOf, notable, responseOf, usageOf, warningOf, type ToldMore } from "./told-reply.ts";

/** What is streamed, and how its end is told. */
interface StreamedCall<Result extends ResultBase> {
  readonly stream: Pick<TextStream<Result>, "result"> & AsyncIterable<ModelEvent>;
  readonly parts: AnswerParts;
  /** What of the call could not be said to the client. */
  readonly warnings: readonly SpecWarning[];
  finishOf(result: Result): { readonly finishReason: SpecFinishReason; readonly more: ToldMore };
}

/**
 * A reply as a stream of parts, which is there once its first content is: a call that fails before rejects, so that it can
 * be tried again. It reads only what is read of it; cancelling it ends the call. An error in its middle is a part, after all
 * that had come and before a `finish`; after an abort the stream fails with the signal's reason.
 */
export async function partStream<Result extends ResultBase>(
  of: ModelOfClient,
  options: LanguageCallOptions,
  { stream, parts, warnings, finishOf }: StreamedCall<Result>,
): Promise<StreamResult> {
  const events = stream[Symbol.asyncIterator]();
  const startedAt = new Date();
  const told = new Set<Warning>();
  const queue: StreamPart[] = [];
  let over = false;

  /** Reads until there is something to hand out, or nothing comes any more. */
  async function readOn(): Promise<void> {
    const step = await events.next();
    if (step.done) return end();
    queue.push(...parts.read(step.value));
  }

  const hasNews = (): boolean => over || queue.length > 0;

  async function end(): Promise<void> {
    over = true;
    const result = await stream.result;
    const { finishReason, more } = finishOf(result);
    const late = result.warnings.filter((warning) => !told.has(warning)).map(warningOf);
    const providerMetadata = metadataOf(of.name, result, { ...more, ...notable({ warnings: late }) });
    queue.push(
      ...parts.end(),
      { type: "response-metadata", ...responseOf(result, startedAt) },
      { type: "finish", finishReason, usage: usageOf(result.usage), providerMetadata },
    );
  }

  /** What came of an error, as parts; after an abort it is thrown on. */
  function fail(error: unknown): void {
    over = true;
    if (options.abortSignal?.aborted && isInhouseError(error) && error.code === "abort") {
      throw options.abortSignal.reason;
    }
    const attempts = isInhouseError(error) ? { failedAttempts: error.attempts } : {};
    queue.push(
      ...parts.end(),
      { type: "error", error: aiSdkError(error, failedCall(of, options)) },
      {
        type: "finish",
        finishReason: { unified: "error", raw: isInhouseError(error) ? error.code : undefined },
        usage: usageOf(undefined),
        providerMetadata: { [of.name]: jsonFields(attempts) },
      },
    );
  }

  /** What comes before the first content: warnings, which stand in the first part, and raw pieces. */
  async function begin(): Promise<void> {
    const heard: Warning[] = [];
    let isContent = false;
    while (!isContent && !over) {
      const step = await events.next();
      if (step.done) await end();
      else {
        const event = step.value;
        if (event.type === "warning") heard.push(event.warning);
        queue.push(...parts.read(event));
        isContent = !beforeContent.has(event.type);
      }
    }
    for (const warning of heard) told.add(warning);
    queue.unshift(
      { type: "stream-start", warnings: [...warnings, ...heard.map(warningOf)] },
      { type: "response-metadata", timestamp: startedAt },
    );
  }

  try {
    await begin();
  } catch (error) {
    throw aiSdkError(error, failedCall(of, options));
  }
  return {
    stream: new ReadableStream<StreamPart>(
      {
        async pull(controller) {
          while (!hasNews()) await readOn().catch(fail);
          for (const part of queue.splice(0)) controller.enqueue(part);
          if (over) controller.close();
        },
        cancel: async () => void (await events.return?.()),
      },
      { highWaterMark: 0 },
    ),
  };
}

const beforeContent: ReadonlySet<ModelEvent["type"]> = new Set(["start", "warning", "retry", "progress", "raw"]);
