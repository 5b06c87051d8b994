import type { ModelEvent } from "../../core/event.ts";
import { reasoningSplitter, type TaggedPiece } from "../../core/reasoning-tags.ts";
import type { TranscriptionRequest } from "../../core/request.ts";
import type { FinishReason, Usage } from "../../core/result.ts";
import { joinSpoken } from "../../core/spoken-text.ts";
import { arrayOf, isObject, numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import type { Decoder } from "../../http/wire-request.ts";
import { finishReasonOf, unfinished } from "./openai-finish.ts";
import { wrong } from "./openai-list-decode.ts";
import { segmentOf, wordsOf, withWords } from "./openai-transcription-times.ts";

/**
 * Decodes a transcription in whichever form it comes: whole (`{ text, segments?, words?, language?, duration? }`), as chunks
 * with choices (vLLM), or as events `transcript.text.delta` and `transcript.text.done` (OpenAI, llama-server). `told` is
 * what was asked for of times: a warning says so where it does not come.
 */
export function transcriptionDecoder(provider: string, told: TranscriptionRequest["timestamps"]): Decoder {
  const splitter = reasoningSplitter(); // what a chat model thinks first (llama-server, Ollama)
  let come = false;
  let ended = false;
  let spoken = false;
  let spaced = true; // what was said ends with a space, or is nothing yet
  let segments = 0;
  let words = 0;
  let reason: FinishReason | undefined;
  let usage: Usage | undefined;

  function push(pieces: readonly TaggedPiece[], batch: ModelEvent[]): void {
    for (const { type, text } of pieces) if (text !== "") batch.push({ type, choice: 0, text });
  }
  /** Where servers put stretches together, they leave a space too many (vLLM 0.32.0), and one at the beginning. */
  function say(given: string, batch: ModelEvent[]): void {
    const single = given.replaceAll(/ {2,}/g, " ");
    const text = spaced ? single.trimStart() : single;
    if (text === "") return;
    spoken = true;
    spaced = text.endsWith(" ");
    push(splitter.push(text), batch);
  }

  function decodeChunk(value: JsonObject, batch: ModelEvent[]): void {
    const [choice] = arrayOf(value["choices"]);
    if (!isObject(choice)) return; // the last one has the usage alone
    say(stringOf(objectOf(choice["delta"])["content"]) ?? "", batch);
    ended = typeof choice["finish_reason"] === "string";
    if (!ended) return;
    const given = finishReasonOf(choice["finish_reason"]);
    if (reason !== "length") reason = given; // one for each stretch of the recording
  }

  function decodeWhole(value: JsonObject, batch: ModelEvent[]): void {
    const text = stringOf(value["text"]);
    if (text === undefined) throw wrong("no text of the recording");
    ended = true;
    const listed = arrayOf(value["segments"]).flatMap(segmentOf);
    const apart = wordsOf(value["words"]);
    // Segments as they are: servers join them by line feeds (whisper.cpp), or by one space more than needed (vLLM).
    if (!spoken) say(listed.length > 0 ? joinSpoken(listed.map((segment) => segment.text)) : text.trim(), batch);
    for (const segment of withWords(listed, apart)) {
      segments += 1;
      words += segment.words?.length ?? 0;
      batch.push({ type: "segment", ...segment, text: segment.text.trim() });
    }
    if (listed.length === 0 && apart.length > 0) batch.push({ type: "words", words: apart });
    words += listed.length === 0 ? apart.length : 0;
    const language = stringOf(value["language"]);
    const seconds = numberOf(value["duration"]);
    if (language === undefined && seconds === undefined) return;
    batch.push({
      type: "recording",
      ...(language === undefined ? {} : { language }),
      ...(seconds === undefined ? {} : { durationMs: Math.round(seconds * 1_000) }),
    });
  }

  const decoder = {
    complete: false,
    value(value: unknown, batch: ModelEvent[]): void {
      if (!isObject(value)) throw wrong("no object where a transcription was expected");
      come = true;
      usage = usageOf(value["usage"]) ?? usage;
      if (Array.isArray(value["choices"])) return decodeChunk(value, batch);
      if (value["type"] === "transcript.text.delta") return say(stringOf(value["delta"]) ?? "", batch);
      if (typeof value["type"] === "string" && value["type"] !== "transcript.text.done") return undefined;
      return decodeWhole(value, batch);
    },
    end(batch: ModelEvent[]): void {
      push(splitter.end(), batch);
      if (!ended) throw unfinished(come);
      if (spoken && told !== undefined && segments + words === 0) batch.push(untold(`${provider} told no times.`));
      else if (spoken && told === "word" && words === 0) batch.push(untold(`${provider} told no times of words.`));
      if (reason === "length") {
        const message = "The model reached its token limit: a part of the recording may be missing.";
        batch.push({ type: "warning", warning: { option: "audio", message } });
      }
      batch.push({ type: "finish", finishReasons: reason ? [reason] : [], ...(usage ? { usage } : {}) });
    },
  };
  return decoder;
}

const untold = (message: string): ModelEvent => ({ type: "warning", warning: { option: "timestamps", message } });

/** Tokens, where they are counted; servers that count seconds count no tokens. */
function usageOf(value: unknown): Usage | undefined {
  const counts = objectOf(value);
  const inputTokens = numberOf(counts["input_tokens"]) ?? numberOf(counts["prompt_tokens"]);
  const outputTokens = numberOf(counts["output_tokens"]) ?? numberOf(counts["completion_tokens"]);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const cached = numberOf(objectOf(counts["input_tokens_details"])["cached_tokens"]);
  return { inputTokens, outputTokens, ...(cached === undefined ? {} : { cachedInputTokens: cached }) };
}
