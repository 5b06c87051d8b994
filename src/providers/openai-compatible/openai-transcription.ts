import type { TranscriptionRequest } from "../../core/request.ts";
import type { Warning } from "../../core/result.ts";
import { sse } from "../../http/sse.ts";
import { wholeBody } from "../../http/whole-body.ts";
import type { WireRequest } from "../../http/wire-request.ts";
import type { FormFields, TranscriptionDialect } from "./openai-dialect.ts";
import { unsupported, type OpenAIEncoding } from "./openai-encoding.ts";
import { transcriptionDecoder } from "./openai-transcription-decode.ts";

/** What of an encoding a transcription needs. */
export interface TranscriptionEncoding {
  readonly provider: string;
  readonly path: string;
  readonly dialect: TranscriptionDialect;
  /** Further fields of the form. */
  readonly extras: Readonly<Record<string, unknown>>;
}

/** The encoding of a server whose dialect has transcription; throws `unsupported` where it has not. */
export function transcriptionEncoding(encoding: OpenAIEncoding): TranscriptionEncoding {
  const { provider, dialect, extras } = encoding;
  const path = dialect.paths.transcription;
  if (path === undefined) throw unsupported(encoding, "transcription", speechHint);
  return { provider, path, dialect: dialect.transcription, extras };
}

/** What hears, where a server does not. */
const speechHint =
  "Serve a speech model, such as Whisper on vLLM (vllm serve openai/whisper-large-v3-turbo), or run whisper.cpp's server.";

/** Writes a transcription as a form. What the server does not tell or heed is left out, with a warning. */
export function encodeTranscription(request: TranscriptionRequest, encoding: TranscriptionEncoding): WireRequest {
  const { provider, path, dialect, extras } = encoding;
  const { model, audio, mediaType, fileName, language, prompt, temperature } = request;
  const warnings: Warning[] = [];
  const told = timesTold(request, encoding, warnings);
  const isStreamed = dialect.stream !== undefined && told === undefined && (request.stream || dialect.alwaysStreams);
  if (request.stream && dialect.stream && told !== undefined) {
    const message = `${provider} does not stream with them: the text comes in one piece.`;
    warnings.push({ option: "timestamps", message });
  }
  if (temperature !== undefined && !dialect.temperature) {
    warnings.push({ option: "temperature", message: `${provider} has no such option here: it was left out.` });
  }
  const fields: FormFields = {
    ...(model === undefined ? {} : { model }),
    ...dialect.fields,
    ...(told === undefined ? dialect.text : dialect[told]),
    ...(isStreamed ? dialect.stream : {}),
    ...(language === undefined ? {} : { language }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(temperature === undefined || !dialect.temperature ? {} : { temperature: String(temperature) }),
    ...Object.fromEntries(Object.entries(extras).map(([name, value]) => [name, textOf(value)])),
  };
  return {
    path,
    body: undefined,
    form: {
      fields: Object.entries(fields).flatMap(([name, value]) => [value].flat().map((text) => [name, text] as const)),
      files: [{ name: "file", fileName, mediaType, data: audio }],
    },
    framing: isStreamed ? sse : wholeBody,
    decoder: transcriptionDecoder(provider, told),
    warnings,
    model,
    includeRaw: false,
  };
}

/** The times that the server will be asked for. */
function timesTold(
  { timestamps }: TranscriptionRequest,
  { provider, dialect }: TranscriptionEncoding,
  warnings: Warning[],
): TranscriptionRequest["timestamps"] {
  if (timestamps === undefined || dialect[timestamps]) return timestamps;
  if (timestamps === "word" && dialect.segment) {
    warnings.push({
      option: "timestamps",
      message: `${provider} tells no times of words: there are those of segments.`,
    });
    return "segment";
  }
  warnings.push({ option: "timestamps", message: `${provider} tells no times: there is the text alone.` });
  return undefined;
}

/** A field's value; a list stays one, and is sent as several fields of that name. */
function textOf(value: unknown): string | readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
