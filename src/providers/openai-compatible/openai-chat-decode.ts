import { InhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import { reasoningSplitter, type ReasoningSplitter } from "../../core/reasoning-tags.ts";
import type { FinishReason } from "../../core/result.ts";
import { isIndex, isObject, type JsonObject } from "../../http/json.ts";
import type { Decoder } from "../../http/wire-request.ts";
import type { Dialect } from "./openai-dialect.ts";
import { finishReasonOf, replySummary, unfinished } from "./openai-finish.ts";
import type { DecodeLogprobs } from "./openai-logprobs.ts";
import type { DecodePromptLogprobs } from "./openai-prompt-logprobs.ts";
import type { ToolCallAssembler } from "./openai-tool-calls.ts";

/** What the decoder must know of the request. */
export interface ChatDecoding {
  readonly dialect: Dialect;
  /** How many answers were asked for. */
  readonly choices: number;
  /** Text that the server repeats at the beginning of the answer. */
  readonly prefill: string;
  /** The text begins inside the model's thinking, if the server leaves it there. */
  readonly opened: boolean;
  /** Puts tool calls together; absent where no tools were offered. */
  readonly toolCalls?: ((choice: number) => ToolCallAssembler) | undefined;
  /** Reads log probabilities; absent where none were asked for. */
  readonly logprobs?: DecodeLogprobs | undefined;
  /** Reads log probabilities of the prompt; absent where none were asked for. */
  readonly promptLogprobs?: DecodePromptLogprobs | undefined;
}

/** The answer under one `choice`, as far as it has come. */
interface ChoiceState {
  splitter: ReasoningSplitter | undefined;
  readonly calls: ToolCallAssembler | undefined;
  /** What of the prefill has not been repeated yet. */
  echo: string;
  finishReason: FinishReason | undefined;
  /** A delta or message came, were it an empty one. */
  answered: boolean;
}

/** Decodes a chat reply, streamed (`delta`) or whole (`message`): the two differ in nothing else that matters. */
export function chatDecoder(decoding: ChatDecoding): Decoder {
  const { dialect, choices, prefill, opened, toolCalls, logprobs, promptLogprobs } = decoding;
  const states: ChoiceState[] = [];
  const summary = replySummary();

  function stateOf(index: number): ChoiceState {
    const known = states[index];
    if (known) return known;
    if (!isIndex(index, choices)) throw new InhouseError("protocol", `The server sent choice ${index} of ${choices}.`);
    const state: ChoiceState = {
      splitter: dialect.reasoningTags ? reasoningSplitter(opened) : undefined,
      calls: toolCalls?.(index),
      echo: prefill,
      finishReason: undefined,
      answered: false,
    };
    states[index] = state;
    return state;
  }

  function pushText(state: ChoiceState, choice: number, piece: string, batch: ModelEvent[]): void {
    const text = state.echo === "" ? piece : withoutEcho(state, prefill, piece);
    if (text === "") return;
    if (!state.splitter) batch.push({ type: "text-delta", choice, text });
    else for (const part of state.splitter.push(text)) batch.push({ type: part.type, choice, text: part.text });
  }

  function decodeChoice(value: unknown, batch: ModelEvent[]): void {
    if (!isObject(value)) return;
    const choice = typeof value["index"] === "number" ? value["index"] : 0;
    const state = stateOf(choice);
    const part = value["delta"] ?? value["message"];
    if (isObject(part)) {
      state.answered = true;
      const reasoning = reasoningOf(part, dialect);
      if (reasoning !== "") {
        batch.push({ type: "reasoning-delta", choice, text: reasoning });
        if (opened) state.splitter = undefined; // the server splits it off by itself
      }
      const content = part["content"];
      if (typeof content === "string") pushText(state, choice, content, batch);
      else if (content !== null && content !== undefined) {
        throw new InhouseError("protocol", "The server sent an answer whose content is no text.");
      }
      const calls = part["tool_calls"];
      if (Array.isArray(calls) && calls.length > 0) {
        if (!state.calls) throw new InhouseError("protocol", "The server sent a tool call though no tool was offered.");
        state.calls.push(calls, batch);
      }
    }
    if (logprobs && value["logprobs"]) logprobs(value["logprobs"], choice, batch);
    if (value["finish_reason"]) state.finishReason = finishReasonOf(value["finish_reason"]);
  }

  return {
    complete: false,
    value(value, batch) {
      if (value === null) return; // llama-server b11434 opens some streams with `data: null`
      if (!isObject(value)) throw new InhouseError("protocol", "The server sent no object where a reply was expected.");
      const list = value["choices"];
      promptLogprobs?.(value, batch);
      if (Array.isArray(list)) for (const choice of list) decodeChoice(choice, batch);
      summary.read(value, batch);
    },
    end(batch) {
      for (let choice = 0; choice < choices; choice += 1) {
        const state = states[choice];
        for (const part of state?.splitter?.end() ?? []) batch.push({ type: part.type, choice, text: part.text });
        if (!state || state.finishReason === undefined) throw unfinished(states.length > 0);
        if (!state.answered) throw unfinished(false);
        const called = state.calls?.end(batch) ?? false;
        if (called && state.finishReason === "stop") state.finishReason = "tool-calls";
      }
      batch.push(summary.finish(states.map(({ finishReason }) => finishReason ?? "unknown")));
    },
  };
}

function reasoningOf(part: JsonObject, dialect: Dialect): string {
  for (const field of dialect.reasoningFields) {
    const text = part[field];
    if (typeof text === "string") return text;
  }
  return "";
}

/** Takes off a piece what it repeats of the prefill; gives back what was taken where the answer only began like it. */
function withoutEcho(state: ChoiceState, prefill: string, piece: string): string {
  const length = Math.min(piece.length, state.echo.length);
  if (piece.slice(0, length) !== state.echo.slice(0, length)) {
    const taken = prefill.slice(0, prefill.length - state.echo.length);
    state.echo = "";
    return taken + piece;
  }
  state.echo = state.echo.slice(length);
  return piece.slice(length);
}
