import type { ModelEvent } from "../core/event.ts";
import type { FakeReply } from "./fake-reply.ts";
import type { FakeRequest } from "./fake-request.ts";
import { heard } from "./memory-hearing.ts";

/** What a fake server goes by when it is given a recording. */
export interface HearingSettings {
  readonly model: string;
  /** What it hears. Default: what `memory()` does. */
  readonly text?: string;
}

/** What a transcription is answered with, in parts that servers write down each in its own way. */
export interface Heard {
  readonly text: string;
  readonly pieces: readonly string[];
  readonly segments: readonly object[];
  readonly seconds: number;
}

/** Hears the file of a form; undefined where there is none. */
export function hear({ files }: FakeRequest, settings: HearingSettings): Heard | undefined {
  const audio = files?.["file"]?.data;
  if (!audio) return undefined;
  const events = heard({ audio, timestamps: "word" }, settings);
  const pieces = events.flatMap((event) => (event.type === "text-delta" ? [event.text] : []));
  return { text: pieces.join(""), pieces, segments: segmentsOf(events), seconds: durationOf(events) };
}

function segmentsOf(events: readonly ModelEvent[]): readonly object[] {
  return events
    .flatMap((event) => (event.type === "segment" ? [event] : []))
    .map(({ startMs, endMs, text, words = [] }, id) => ({
      id,
      start: startMs / 1_000,
      end: endMs / 1_000,
      text: ` ${text}`,
      words: words.map((word) => ({ word: ` ${word.text}`, start: word.startMs / 1_000, end: word.endMs / 1_000 })),
    }));
}

const durationOf = (events: readonly ModelEvent[]): number =>
  (events.find((event) => event.type === "recording")?.durationMs ?? 0) / 1_000;

/** Writes a transcription as vLLM 0.32.0 does: no words, no times in a stream, `text` as JSON too. */
export function vllmTranscription(
  request: FakeRequest,
  reply: FakeReply,
  settings: HearingSettings,
  reject: (message: string) => void,
): void | Promise<void> {
  const { response_format: format = "json", stream } = request.body;
  const said = hear(request, settings);
  if (!said) return reject("Expected a file.");
  if (!["json", "text", "verbose_json"].includes(String(format))) {
    return reject("Currently only support response_format: `text`, `json`, `verbose_json` or `diarized_json`");
  }
  if (stream !== "true") {
    const { text, segments, seconds, pieces } = said;
    const untimed = segments.map((segment) => ({ ...segment, words: undefined }));
    const whole =
      format === "verbose_json"
        ? { duration: seconds, language: "en", text: ` ${text}`, segments: untimed, words: null }
        : { text: ` ${text}`, usage: { type: "duration", seconds: Math.ceil(seconds) } };
    return reply.whole(whole, pieces.length);
  }
  if (format === "verbose_json") return reject("verbose_json format doesn't support streaming case");
  const chunk = (fields: object): object => ({
    id: "transcribe-fake",
    object: "transcription.chunk",
    created: 0,
    model: settings.model,
    ...fields,
  });
  return reply.events([
    ...said.pieces.map((content) => chunk({ choices: [{ delta: { content } }] })),
    chunk({ choices: [{ delta: { content: "" }, finish_reason: "stop", stop_reason: null }] }),
    "[DONE]",
  ]);
}

/** Writes a transcription as llama-server does: text alone, as events where it is asked to stream. */
export function llamacppTranscription(
  request: FakeRequest,
  reply: FakeReply,
  settings: HearingSettings,
  reject: (message: string) => void,
): void | Promise<void> {
  const { response_format: format = "json", stream } = request.body;
  const said = hear(request, settings);
  if (!said) return reject("No input file found for transcription");
  if (format !== "json") return reject("Only 'json' response_format is supported for transcription");
  const usage = { type: "tokens", input_tokens: 75, output_tokens: said.pieces.length, total_tokens: 75 };
  const done = { type: "transcript.text.done", text: said.text, usage };
  if (stream !== "true") return reply.whole(done, said.pieces.length);
  const deltas = said.pieces.map((delta) => ({ type: "transcript.text.delta", delta }));
  return reply.events([...deltas, done, "[DONE]"]);
}
