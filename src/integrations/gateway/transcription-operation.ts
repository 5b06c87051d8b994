import type {
  StreamedTranscriptionInput,
  TranscriptionStream,
} from "../../client/transcription/transcription-input.ts";
import { InhouseError } from "../../core/error.ts";
import type { TranscriptionResult } from "../../core/result.ts";
import { toSrt, toVtt } from "../../core/subtitles.ts";
import type { SpokenWord } from "../../core/transcript.ts";
import { ignoredFields } from "./body-fields.ts";
import type { StreamPiece } from "./event-stream-body.ts";
import { refusal, wrongField } from "./gateway-error.ts";
import type { Answered, Given, Told } from "./operation.ts";
import { mediaType, readBody } from "./read-body.ts";
import { usageOf, warningsOf } from "./wire-answers.ts";

const granularities = "timestamp_granularities[]";
const fieldNames = ["file", "model", "language", "prompt", "response_format", "temperature", granularities, "stream"];
const formats = ["json", "verbose_json", "text", "srt", "vtt"];

/** `POST /v1/audio/transcriptions`. */
export async function transcriptionOperation(given: Given): Promise<Answered> {
  const form = await readForm(given);
  const format = textOf(form, "response_format") ?? "json";
  if (!formats.includes(format)) throw wrongField("response_format", `expected ${formats.join(", ")}`);
  const times = form.getAll(granularities);
  const wrongTime = times.find((value) => value !== "word" && value !== "segment");
  if (wrongTime !== undefined) throw wrongField(granularities, "expected word or segment");
  if (times.length > 0 && format !== "verbose_json") throw wrongField(granularities, "it goes with verbose_json");
  const stream = textOf(form, "stream") === "true";
  if (stream && format !== "json" && format !== "text") throw wrongField("stream", "a stream has no times");
  const input = { ...(await inputOf(form)), ...timestampsOf(format, times.includes("word")) };
  const { client, call } = await given.target(textOf(form, "model"), stream);
  if (stream) {
    const told: Told = { pieces: 0 };
    return { pieces: pieces(client.streamTranscription({ ...input, ...call }), told), told, endMark: false };
  }
  const result = await client.transcribe({ ...input, ...call });
  return { result, ...written(result, format, times.includes("word")) };
}

async function readForm({ request, bounds }: Given): Promise<FormData> {
  if (mediaType(request) !== "multipart/form-data") {
    throw refusal("invalid-request", "The body is to be a form with a file: multipart/form-data.", { status: 415 });
  }
  const bytes = await readBody(request, bounds);
  const headers = { "content-type": request.headers.get("content-type") ?? "" };
  const form = await new Response(bytes, { headers }).formData().catch(() => {
    throw refusal("invalid-request", "The form cannot be read.", { status: 400 });
  });
  for (const name of form.keys()) {
    const known = fieldNames.includes(name) || Object.hasOwn(ignoredFields, name);
    // OpenAI's "auto" is what is done with every long recording here.
    if (!known && !(name === "chunking_strategy" && form.get(name) === "auto"))
      throw wrongField(name, "unknown option");
  }
  return form;
}

function textOf(form: FormData, name: string): string | undefined {
  const value = form.get(name) ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw wrongField(name, "expected text, got a file");
}

async function inputOf(form: FormData): Promise<StreamedTranscriptionInput> {
  const file = form.get("file");
  if (file === null || typeof file === "string") throw wrongField("file", "expected a recording");
  const [language, prompt, temperature] = ["language", "prompt", "temperature"].map((name) => textOf(form, name));
  const degree = Number(temperature ?? 0);
  if (!Number.isFinite(degree) || degree < 0) throw wrongField("temperature", "expected a number from 0");
  return {
    audio: new Uint8Array(await file.arrayBuffer()),
    ...(file.name === "" ? {} : { name: file.name }),
    ...(language ? { language } : {}),
    ...(prompt ? { prompt } : {}),
    ...(temperature === undefined ? {} : { temperature: degree }),
  };
}

function timestampsOf(format: string, words: boolean): Pick<StreamedTranscriptionInput, "timestamps"> {
  if (format === "verbose_json") return { timestamps: words ? "word" : "segment" };
  return format === "srt" || format === "vtt" ? { timestamps: "segment" } : {};
}

const seconds = (ms: number): number => ms / 1_000;

/** An answer in the format that was asked for; of what no server told, nothing is made up. */
function written(result: TranscriptionResult, format: string, words: boolean) {
  const { text, segments, language, durationMs } = result;
  const usage = usageOf(result.usage);
  switch (format) {
    case "text":
      return { body: `${text}\n`, mediaType: "text/plain; charset=utf-8" };
    case "srt":
      return { body: subtitles(() => toSrt(result)), mediaType: "application/x-subrip; charset=utf-8" };
    case "vtt":
      return { body: subtitles(() => toVtt(result)), mediaType: "text/vtt; charset=utf-8" };
    case "verbose_json":
      return {
        body: {
          task: "transcribe",
          ...(language === undefined ? {} : { language }),
          ...(durationMs === undefined ? {} : { duration: seconds(durationMs) }),
          text,
          segments: segments.map(({ startMs, endMs, text: said }, id) => ({
            id,
            start: seconds(startMs),
            end: seconds(endMs),
            text: said,
          })),
          ...(words && result.words ? { words: result.words.map(wordOf) } : {}),
          ...(usage === undefined ? {} : { usage }),
          ...warningsOf(result.warnings),
        },
      };
    default:
      return { body: { text, ...(usage === undefined ? {} : { usage }), ...warningsOf(result.warnings) } };
  }
}

const wordOf = ({ text, startMs, endMs }: SpokenWord) => ({ word: text, start: seconds(startMs), end: seconds(endMs) });

/** Without times there are no subtitles, and that is the server's want and not the caller's mistake. */
function subtitles(write: () => string): string {
  try {
    return write();
  } catch {
    throw new InhouseError("unsupported", "The model server tells no times, of which subtitles are made.", {
      hint: "Ask for json or text.",
    });
  }
}

async function* pieces(stream: TranscriptionStream, told: Told): AsyncGenerator<StreamPiece> {
  for await (const delta of stream.text) {
    told.pieces += 1;
    yield { data: { type: "transcript.text.delta", delta } };
  }
  const result = await stream.result;
  told.result = result;
  const usage = usageOf(result.usage);
  const more = { ...(usage === undefined ? {} : { usage }), ...warningsOf(result.warnings) };
  yield { data: { type: "transcript.text.done", text: result.text, ...more } };
}
