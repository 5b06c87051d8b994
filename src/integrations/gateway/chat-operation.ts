import type { TextStream } from "../../client/text-stream.ts";
import type { ToolCallDeltaEvent, ToolCallEvent } from "../../core/event.ts";
import type { ChatResult, Choice } from "../../core/result.ts";
import { knownFields, streaming } from "./body-fields.ts";
import { waitingComment, type StreamPiece } from "./event-stream-body.ts";
import { chatFields, chatInput, refusedChatFields } from "./gateway-chat-input.ts";
import type { Answered, Given, Told } from "./operation.ts";
import { readJson } from "./read-body.ts";
import { chatLogprobs, finishReasonOf, usageOf, warningsOf } from "./wire-answers.ts";

/** `POST /v1/chat/completions`. */
export async function chatOperation(given: Given): Promise<Answered> {
  const fields = knownFields(await readJson(given.request, given.bounds), chatFields, refusedChatFields);
  const wants = streaming(fields);
  const input = chatInput(fields);
  const { client, name, call } = await given.target(fields["model"], wants.stream);
  const head = { id: `chatcmpl-${given.id}`, created: given.created };
  if (wants.stream) {
    const told: Told = { pieces: 0 };
    const frame = { ...head, object: "chat.completion.chunk", model: name ?? call.model ?? "" };
    const pieces = chatPieces(client.stream({ ...input, ...call }), { frame, told, usage: wants.usage });
    return { pieces, told, endMark: true };
  }
  const result = await client.chat({ ...input, ...call });
  const usage = usageOf(result.usage);
  return {
    result,
    body: {
      ...head,
      object: "chat.completion",
      model: name ?? result.model ?? "",
      choices: result.choices.map((choice, index) => choiceOf(choice, index, input.logprobs !== undefined)),
      ...(usage === undefined ? {} : { usage }),
      ...warningsOf(result.warnings),
    },
  };
}

function choiceOf(choice: Choice, index: number, logprobs: boolean) {
  const { text, reasoning, toolCalls, finishReason } = choice;
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({
    id,
    type: "function",
    function: { name, arguments: args },
  }));
  return {
    index,
    message: {
      role: "assistant",
      content: text === "" && calls.length > 0 ? null : text,
      refusal: null,
      ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
    logprobs: logprobs ? chatLogprobs(choice.logprobs) : null,
    finish_reason: finishReasonOf(finishReason),
  };
}

interface Telling {
  readonly frame: object;
  readonly told: Told;
  readonly usage: boolean;
}

async function* chatPieces(stream: TextStream<ChatResult>, telling: Telling): AsyncGenerator<StreamPiece> {
  const { frame, told, usage } = telling;
  const waiting = waitingComment();
  const begun = new Set<number>(); // choices whose role was told
  const streamed = new Set<string>(); // calls that came in pieces
  const nothingYet = usage ? { usage: null } : {};
  const chunk = (index: number, delta: object, more: object = {}): { readonly data: object } => ({
    data: {
      ...frame,
      choices: [
        { index, delta: begun.has(index) ? delta : { role: "assistant", ...delta }, finish_reason: null, ...more },
      ],
      ...nothingYet,
    },
  });
  function part(index: number, delta: object, more?: object): StreamPiece {
    const piece = chunk(index, delta, more);
    begun.add(index);
    told.pieces += 1;
    return piece;
  }

  for await (const event of stream) {
    switch (event.type) {
      case "text-delta":
        yield part(event.choice, { content: event.text });
        break;
      case "reasoning-delta":
        yield part(event.choice, { reasoning_content: event.text });
        break;
      case "tool-call-delta":
        streamed.add(`${event.choice} ${event.index}`);
        yield part(event.choice, { tool_calls: [callOf(event)] });
        break;
      case "tool-call":
        if (!streamed.has(`${event.choice} ${event.index}`)) yield part(event.choice, { tool_calls: [callOf(event)] });
        break;
      case "logprobs":
        yield part(event.choice, {}, { logprobs: chatLogprobs(event.tokens) });
        break;
      case "progress":
        yield* waiting(event);
        break;
      default:
    }
  }
  const result = await stream.result;
  told.result = result;
  for (const [index, { finishReason }] of result.choices.entries()) {
    const last = index === result.choices.length - 1;
    const piece = chunk(index, {}, { finish_reason: finishReasonOf(finishReason) });
    yield last ? { data: { ...piece.data, ...warningsOf(result.warnings) } } : piece;
  }
  if (usage) yield { data: { ...frame, choices: [], usage: usageOf(result.usage) ?? null } };
}

/** A call, or a piece of one: its head is told once. */
function callOf({ index, id, name, arguments: text }: ToolCallDeltaEvent | ToolCallEvent) {
  return {
    index,
    ...(id === undefined ? {} : { id, type: "function" }),
    function: { ...(name === undefined ? {} : { name }), arguments: text },
  };
}
