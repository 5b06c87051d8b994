import { InhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import { reasoningSplitter, type TaggedPiece } from "../../core/reasoning-tags.ts";
import { isObject, type JsonObject } from "../../http/json.ts";
import type { Decoder } from "../../http/wire-request.ts";
import { unfinished } from "../openai-compatible/openai-finish.ts";
import { finishOf } from "./ollama-finish.ts";

/** Appends the log probabilities of a piece of a reply. */
export type DecodeLogprobs = (value: unknown, batch: ModelEvent[]) => void;
/** Appends the whole calls of a list; `before` calls came earlier, under these `ids`. Returns how many there are now. */
export type DecodeToolCalls = (
  list: readonly unknown[],
  before: number,
  batch: ModelEvent[],
  ids: Set<string>,
) => number;

/** What the decoder must know of the request. */
export interface OllamaDecoding {
  /** Where a piece of the reply stands: `message` for chat; for generate in the object itself, its text as `response`. */
  readonly route: "chat" | "generate";
  /** Absent where no tools were offered. */
  readonly toolCalls?: DecodeToolCalls | undefined;
  /** Absent where none were asked for. */
  readonly logprobs?: DecodeLogprobs | undefined;
  /** What the answer's text says, piece by piece, where it comes as a JSON string. */
  readonly text?: ((piece: string) => string) | undefined;
}

/** Decodes `/api/chat` and `/api/generate`, streamed or whole: the object with `done: true` is the last one, or the only one. */
export function ollamaDecoder({ route, toolCalls, logprobs, text: read }: OllamaDecoding): Decoder {
  const textField = route === "chat" ? "content" : "response";
  // A model that Ollama does not know to think leaves its thinking in the text.
  const splitter = route === "chat" ? reasoningSplitter() : undefined;
  let last: JsonObject | undefined;
  let begun = false;
  let delivered = false;
  let calls = 0;
  const ids = new Set<string>();

  function push({ type, text }: TaggedPiece, batch: ModelEvent[]): void {
    const said = read && type === "text-delta" ? read(text) : text;
    if (said !== "") batch.push({ type, choice: 0, text: said });
  }

  function decodePiece(piece: JsonObject, batch: ModelEvent[]): void {
    const { thinking, tool_calls: list } = piece;
    if (typeof thinking === "string" && thinking !== "") {
      delivered = true;
      batch.push({ type: "reasoning-delta", choice: 0, text: thinking });
    }
    const text = piece[textField];
    if (typeof text !== "string") {
      if (text !== undefined && text !== null) throw protocol("an answer whose text is no text");
    } else if (text !== "") {
      delivered = true;
      if (splitter) for (const part of splitter.push(text)) push(part, batch);
      else push({ type: "text-delta", text }, batch);
    }
    if (!Array.isArray(list) || list.length === 0) return;
    if (!toolCalls) throw protocol("a tool call though no tool was offered");
    calls = toolCalls(list, calls, batch, ids);
  }

  const decoder = {
    complete: false,
    value(value: unknown, batch: ModelEvent[]): void {
      if (!isObject(value)) throw protocol("no object where a reply was expected");
      const piece = route === "chat" ? value["message"] : value;
      if (isObject(piece)) {
        begun = true;
        decodePiece(piece, batch);
      }
      if (logprobs) logprobs(value["logprobs"], batch);
      if (value["done"] !== true) return;
      last = value;
      decoder.complete = true;
    },
    end(batch: ModelEvent[]): void {
      for (const part of splitter?.end() ?? []) push(part, batch);
      if (!last || !begun) throw unfinished(begun);
      batch.push(
        finishOf(last, { anything: delivered || calls > 0, calls: calls > 0, tools: toolCalls !== undefined }),
      );
    },
  };
  return decoder;
}

const protocol = (what: string): InhouseError => new InhouseError("protocol", `The server sent ${what}.`);
