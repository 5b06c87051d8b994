import { randomUUID } from "node:crypto";

import { InhouseError, isInhouseError, withDetails } from "../../core/error.ts";
import type { Batch, ModelEvent } from "../../core/event.ts";
import type { Provider } from "../../core/provider.ts";
import { rawMembers } from "../../core/raw-json.ts";
import type { FinishReason } from "../../core/result.ts";
import { callsScanner, type CallPiece, type CallsScanner } from "./calls-scanner.ts";

/**
 * Turns the JSON of a reply that was held to a schema of calls into calls, as it comes. Nothing of it is ever delivered as
 * text; what is no whole list of calls of these tools is an error: `output-limit` where it was cut, else `tool`.
 */
export async function* schemaCalls(
  reply: AsyncIterable<Batch>,
  names: readonly string[],
  provider: Provider,
): AsyncGenerator<Batch> {
  const answers: Answer[] = [];
  const answerOf = (choice: number): Answer => (answers[choice] ??= newAnswer());

  function check(choice: number, reason: FinishReason): void {
    const { text, calls, scanner } = answerOf(choice);
    if (scanner.whole() && calls > 0) return;
    const known = { provider: provider.name, partial: { text: text.join(""), reasoning: "", toolCalls: [] } };
    if (reason === "length") {
      throw new InhouseError("output-limit", "The tool call that was required was cut by the token limit.", known);
    }
    throw new InhouseError("tool", "A tool call was required, and the model answered without one.", {
      ...known,
      hint: "The server did not apply the schema of the calls: look at its log for why, or simplify the tools' parameters.",
    });
  }

  function push(choice: number, text: string, batch: ModelEvent[]): void {
    const answer = answerOf(choice);
    answer.text.push(text);
    for (const piece of answer.scanner.push(text)) deliver(answer, choice, piece, batch);
  }

  function deliver(answer: Answer, choice: number, piece: CallPiece, batch: ModelEvent[]): void {
    const { name, text, over } = piece;
    const index = answer.calls;
    if (!names.includes(name)) throw unknownTool(name, names, provider);
    const head = answer.id === "" ? { id: (answer.id = `call_${randomUUID()}`), name } : {};
    answer.pieces.push(text);
    batch.push({ type: "tool-call-delta", choice, index, ...head, arguments: text });
    if (!over) return;
    const whole = answer.pieces.join("");
    if (!rawMembers(whole)) throw new InhouseError("tool", `The arguments of the call of ${name} are no JSON object.`);
    batch.push({ type: "tool-call", choice, index, id: answer.id, name, arguments: whole });
    answer.calls += 1;
    answer.id = "";
    answer.pieces = [];
  }

  try {
    for await (const batch of reply) {
      const events: ModelEvent[] = [];
      for (const event of batch) {
        if (event.type === "text-delta") push(event.choice, event.text, events);
        else if (event.type === "finish") {
          event.finishReasons.forEach((reason, choice) => check(choice, reason));
          const finishReasons = event.finishReasons.map((reason) => (reason === "stop" ? "tool-calls" : reason));
          events.push({ ...event, finishReasons });
        } else events.push(event);
      }
      if (events.length > 0) yield events;
    }
  } catch (error) {
    const text = answers[0]?.text.join("") ?? "";
    if (!isInhouseError(error) || error.partial || text === "") throw error;
    throw withDetails(error, { partial: { text, reasoning: "", toolCalls: [] } });
  }
}

/** The error of a call of what was not to be called. */
export function unknownTool(name: string, names: readonly string[], provider: Provider): InhouseError {
  const message = `The model called "${name.slice(0, 64)}", and not ${names.join(" or ")}.`;
  return new InhouseError("tool", message, { provider: provider.name });
}

interface Answer {
  readonly scanner: CallsScanner;
  /** All that came, for an error to carry. */
  readonly text: string[];
  calls: number;
  /** Of the call that is being written. */
  id: string;
  pieces: string[];
}

const newAnswer = (): Answer => ({ scanner: callsScanner(), text: [], calls: 0, id: "", pieces: [] });
