import type { MediaSource } from "../../core/media-file.ts";
import type { SpokenWord } from "../../core/transcript.ts";
import type { SpecSegment, TranscribeOptions, TranscribeResult } from "./ai-sdk-spec.ts";
import { transcriptionOptionKeys, type InhouseTranscriptionOptions } from "./inhouse-options.ts";
import { ownCall, underAiSdk, type ModelOfClient } from "./model-call.ts";
import { metadataOf, warningOf } from "./told-reply.ts";

/** What is said in a recording, however long. */
export function transcribeRecording(
  of: ModelOfClient,
  options: TranscribeOptions & { readonly audio: Uint8Array | string | URL },
): Promise<TranscribeResult> {
  return underAiSdk(of, options, async () => {
    const { own, input, warnings } = ownCall<InhouseTranscriptionOptions>(of, options, transcriptionOptionKeys);
    const asked = own.timestamps ?? askedTimes(options.timestampGranularities);
    const timestamp = new Date();
    const timestamps = asked ?? (options.timestampGranularities ? undefined : "segment");
    const result = await of.client.transcribe({
      ...input,
      ...own,
      audio: sourceOf(options.audio),
      ...(timestamps === undefined ? {} : { timestamps }),
    });
    // Segments are what the AI SDK's result has: that a server tells none is news to those who asked for some.
    const news = asked ? result.warnings : result.warnings.filter(({ option }) => option !== "timestamps");
    return {
      text: result.text,
      segments: result.segments.map(inSeconds),
      ...(result.words === undefined ? {} : { words: result.words.map(inSeconds) }),
      language: languageCode(result.language),
      durationInSeconds: result.durationMs === undefined ? undefined : result.durationMs / 1_000,
      warnings: [...warnings, ...news.map(warningOf)],
      response: { timestamp, modelId: result.model ?? of.modelId },
      providerMetadata: metadataOf(of.name, result),
    };
  });
}

function askedTimes(wanted: TranscribeOptions["timestampGranularities"]): "word" | "segment" | undefined {
  if (wanted?.includes("word")) return "word";
  return wanted?.includes("segment") ? "segment" : undefined;
}

function sourceOf(audio: Uint8Array | string | URL): MediaSource {
  if (audio instanceof URL) return { url: audio.href };
  return typeof audio === "string" ? Buffer.from(audio, "base64") : audio;
}

const inSeconds = ({ text, startMs, endMs }: SpokenWord): SpecSegment => ({
  text,
  startSecond: startMs / 1_000,
  endSecond: endMs / 1_000,
});

/** The code of a language that a server may name in English (whisper.cpp: `german`). */
function languageCode(language: string | undefined): string | undefined {
  if (language === undefined || /^[a-z]{2,3}$/.test(language)) return language;
  const names = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
  const letters = Array.from("abcdefghijklmnopqrstuvwxyz");
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  return codes.find((code) => names.of(code)?.toLowerCase() === language.toLowerCase()) ?? language;
}
