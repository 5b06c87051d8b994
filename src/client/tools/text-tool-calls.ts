import { randomUUID } from "node:crypto";

import type { TextCall } from "../../core/call-notation.ts";
import { isInhouseError, withDetails, type InhouseError } from "../../core/error.ts";
import { isContent, type Batch, type FinishEvent, type ModelEvent } from "../../core/event.ts";
import { textCallReader, type TextCallReader, type TextOrCall } from "../../core/text-calls.ts";

/** What is known of one answer. */
interface Answer {
  readonly reader: TextCallReader;
  /** The place of the next call. */
  next: number;
  /** Calls that were read from the text. */
  read: number;
  /** Where the server's own calls went, once one was read from the text before them. */
  readonly moved: Map<number, number>;
}

/**
 * Reads calls of offered tools out of the text of a reply, and out of what a server says about a reply that it could not
 * read itself. The server's own calls pass as they are, and so does text in which no call may begin. Where calls were not
 * `expected` as text, they are marked as recovered and a warning counts them.
 */
export async function* textToolCalls(
  reply: AsyncIterable<Batch>,
  names: readonly string[],
  expected: boolean,
): AsyncGenerator<Batch> {
  const answers: Answer[] = [];
  const answerOf = (choice: number): Answer =>
    (answers[choice] ??= { reader: textCallReader(names), next: 0, read: 0, moved: new Map() });
  let started = false;
  let delivered = false;

  function deliver(
    choice: number,
    pieces: readonly TextOrCall[],
    events: ModelEvent[],
    recovered: boolean = !expected,
  ): void {
    for (const piece of pieces) {
      if ("call" in piece) call(choice, piece.call, events, recovered);
      else events.push({ type: "text-delta", choice, text: piece.text });
    }
  }

  function call(choice: number, { name, arguments: text }: TextCall, events: ModelEvent[], recovered: boolean): void {
    const answer = answerOf(choice);
    const head = { choice, index: answer.next, id: `call_${randomUUID()}`, name, arguments: text };
    answer.next += 1;
    answer.read += 1;
    events.push({ type: "tool-call-delta", ...head });
    events.push({ type: "tool-call", ...head, ...(recovered ? { recovered } : {}) });
  }

  /** A call of the server's own, behind those that were read from the text. */
  function placed<Event extends ModelEvent & { readonly choice: number; readonly index: number }>(event: Event): Event {
    const answer = answerOf(event.choice);
    const index = answer.moved.get(event.index) ?? (answer.read === 0 ? event.index : answer.next);
    answer.moved.set(event.index, index);
    answer.next = Math.max(answer.next, index + 1);
    return index === event.index ? event : { ...event, index };
  }

  function finish(event: FinishEvent, events: ModelEvent[]): void {
    const finishReasons = event.finishReasons.map((reason, choice) => {
      deliver(choice, answerOf(choice).reader.end(), events);
      return reason === "stop" && answerOf(choice).read > 0 ? "tool-calls" : reason;
    });
    const read = answers.reduce((sum, answer) => sum + answer.read, 0);
    if (read > 0 && !expected) events.push(warning(read));
    events.push(read > 0 ? { ...event, finishReasons } : event);
  }

  function readBatch(batch: Batch): Batch {
    const events: ModelEvent[] = [];
    for (const event of batch) {
      if (event.type === "text-delta") deliver(event.choice, answerOf(event.choice).reader.push(event.text), events);
      else if (event.type === "tool-call-delta" || event.type === "tool-call") events.push(placed(event));
      else if (event.type === "finish") finish(event, events);
      else events.push(event);
    }
    return events;
  }

  try {
    for await (const batch of reply) {
      const events = readBatch(batch);
      started ||= batch.some(({ type }) => type === "start");
      delivered ||= events.some(isContent);
      if (events.length > 0) yield events;
    }
  } catch (error) {
    const failure = isInhouseError(error) ? error : undefined;
    const rescued = failure ? rescue(failure) : [];
    if (rescued.length > 0) yield started ? rescued : [{ type: "start" }, ...rescued];
    if (rescued.at(-1)?.type === "finish") return;
    const held = answers[0]?.reader.held() ?? "";
    const texts = answers.flatMap(({ reader }, choice) => textDelta(choice, reader.held()));
    if (delivered && texts.length > 0) yield texts;
    if (!failure || delivered || held === "" || failure.partial) throw error;
    throw withDetails(failure, { partial: { text: held, reasoning: "", toolCalls: [] } });
  }

  /** What the model wrote by the server's own report, if there are whole calls in it: the reply, to its end. */
  function rescue({ code, partial }: InhouseError): readonly ModelEvent[] {
    if (!partial?.text || !reports.has(code) || answers.length > 1 || answerOf(0).next > 0) return [];
    const reader = textCallReader(names);
    const pieces = [...reader.push(answerOf(0).reader.held() + partial.text), ...reader.end()];
    if (!pieces.some((piece) => "call" in piece)) return [];
    const events: ModelEvent[] = [];
    // Text that came before is not to be repeated.
    deliver(0, delivered ? pieces.filter((piece) => "call" in piece) : pieces, events, true);
    return [...events, warning(answerOf(0).read), { type: "finish", finishReasons: ["tool-calls"] }];
  }
}

const textDelta = (choice: number, text: string): readonly ModelEvent[] =>
  text === "" ? [] : [{ type: "text-delta", choice, text }];

/** Codes of errors by which servers say that they could not read what the model wrote. */
const reports = new Set(["server", "stream-error", "tool", "protocol"]);

function warning(count: number): ModelEvent {
  const message =
    count === 1
      ? "A tool call came as text, and was read from there."
      : `${count} tool calls came as text, and were read from there.`;
  return {
    type: "warning",
    warning: { option: "tools", message: `${message} Does the server have the model's parser?` },
  };
}
