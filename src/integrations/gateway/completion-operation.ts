import type { CompletionInput } from "../../client/inputs.ts";
import type { TextStream } from "../../client/text-stream.ts";
import type { CompletionResult } from "../../core/result.ts";
import { type BodyFields, flagField, knownFields, numberField, streaming, textField } from "./body-fields.ts";
import { waitingComment, type StreamPiece } from "./event-stream-body.ts";
import { wrongField } from "./gateway-error.ts";
import type { Answered, Given, Told } from "./operation.ts";
import { readJson } from "./read-body.ts";
import { samplingFields, samplingOf } from "./sampling-fields.ts";
import { completionLogprobs, finishReasonOf, usageOf, warningsOf } from "./wire-answers.ts";

const completionFields = { ...samplingFields, prompt: 1, suffix: 1, logprobs: 1, echo: 1, best_of: 1 };

/** `POST /v1/completions`. */
export async function completionOperation(given: Given): Promise<Answered> {
  const fields = knownFields(await readJson(given.request, given.bounds), completionFields, {});
  const wants = streaming(fields);
  const input = completionInput(fields);
  const { client, name, call } = await given.target(fields["model"], wants.stream);
  const head = { id: `cmpl-${given.id}`, object: "text_completion", created: given.created };
  if (wants.stream) {
    const told: Told = { pieces: 0 };
    const frame = { ...head, model: name ?? call.model ?? "" };
    return { pieces: pieces(client.stream({ ...input, ...call }), frame, told, wants.usage), told, endMark: true };
  }
  const result = await client.complete({ ...input, ...call });
  const usage = usageOf(result.usage);
  return {
    result,
    body: {
      ...head,
      model: name ?? result.model ?? "",
      choices: result.choices.map(({ text, finishReason, logprobs }, index) => ({
        index,
        text,
        logprobs: input.logprobs === undefined ? null : completionLogprobs(logprobs),
        finish_reason: finishReasonOf(finishReason),
      })),
      ...(usage === undefined ? {} : { usage }),
      ...warningsOf(result.warnings),
    },
  };
}

function completionInput(fields: BodyFields): CompletionInput {
  const suffix = textField(fields, "suffix");
  const logprobs = numberField(fields, "logprobs", { min: 0, max: 20, integer: true });
  if (flagField(fields, "echo") === true) throw wrongField("echo", "the prompt is not repeated");
  if (fields["best_of"] !== undefined && fields["best_of"] !== (fields["n"] ?? 1)) {
    throw wrongField("best_of", "no answers are thrown away", "Ask for n, and choose.");
  }
  return {
    prompt: promptOf(fields["prompt"]),
    ...samplingOf(fields),
    ...(suffix === undefined || suffix === "" ? {} : { suffix }),
    ...(logprobs === undefined ? {} : { logprobs: logprobs || true }),
  };
}

/** One prompt: a text, or the numbers of tokens; in a list of one, too, as many clients send it. */
function promptOf(value: unknown): string | readonly number[] {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) throw wrongField("prompt", "expected text or tokens");
  if (value.every((entry) => typeof entry === "number")) return value;
  if (value.length === 1) return promptOf(value[0]);
  throw wrongField("prompt", "one prompt at a time", "Send a request for each.");
}

async function* pieces(
  stream: TextStream<CompletionResult>,
  frame: object,
  told: Told,
  usage: boolean,
): AsyncGenerator<StreamPiece> {
  const waiting = waitingComment();
  const lengths: number[] = []; // of what log probabilities were told, by choice
  const chunk = (index: number, text: string, more: object = {}): { readonly data: object } => ({
    data: {
      ...frame,
      choices: [{ index, text, logprobs: null, finish_reason: null, ...more }],
      ...(usage ? { usage: null } : {}),
    },
  });
  for await (const event of stream) {
    if (event.type === "text-delta") {
      told.pieces += 1;
      yield chunk(event.choice, event.text);
    } else if (event.type === "logprobs") {
      const at = lengths[event.choice] ?? 0;
      lengths[event.choice] = at + event.tokens.reduce((sum, { token }) => sum + token.length, 0);
      yield chunk(event.choice, "", { logprobs: completionLogprobs(event.tokens, at) });
    } else if (event.type === "progress") yield* waiting(event);
  }
  const result = await stream.result;
  told.result = result;
  for (const [index, { finishReason }] of result.choices.entries()) {
    const piece = chunk(index, "", { finish_reason: finishReasonOf(finishReason) });
    const last = index === result.choices.length - 1;
    yield last ? { data: { ...piece.data, ...warningsOf(result.warnings) } } : piece;
  }
  if (usage) yield { data: { ...frame, choices: [], usage: usageOf(result.usage) ?? null } };
}
