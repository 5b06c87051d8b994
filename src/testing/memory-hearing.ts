import type { ModelEvent } from "../core/event.ts";
import type { TranscriptionRequest } from "../core/request.ts";
import type { SpokenSegment, SpokenWord } from "../core/transcript.ts";

/** How long a word takes, in milliseconds. */
const wordMs = 400;
/** Bytes of the shortest header of a WAV file. */
const headerBytes = 44;

/**
 * What is heard in a recording by one that has no ears: its bytes read as text, the header of a WAV file aside; of sound
 * that is no text, nothing. Each word takes 400 ms, each sentence is a segment.
 */
export function heard(
  request: Pick<TranscriptionRequest, "audio" | "timestamps" | "language">,
  { model, text = textOf(request.audio) }: { readonly model: string; readonly text?: string },
): readonly ModelEvent[] {
  const words = text.split(/\s+/).filter(Boolean);
  const times = words.map((word, index): SpokenWord => timed(word, index, index + 1));
  const { timestamps, language = "en" } = request;
  return [
    { type: "start" },
    ...words.map((word, index): ModelEvent => ({
      type: "text-delta",
      choice: 0,
      text: index === 0 ? word : ` ${word}`,
    })),
    ...(timestamps === undefined
      ? []
      : sentences(times).map((list): ModelEvent => ({
          type: "segment",
          ...spoken(list),
          ...(timestamps === "word" ? { words: list } : {}),
        }))),
    { type: "recording", language, durationMs: words.length * wordMs },
    { type: "finish", finishReasons: [], model },
  ];
}

/** The words of each sentence. */
function sentences(words: readonly SpokenWord[]): readonly (readonly SpokenWord[])[] {
  const lists: SpokenWord[][] = [];
  for (const [index, word] of words.entries()) {
    if (index === 0 || /[.!?]$/.test(words[index - 1]?.text ?? "")) lists.push([]);
    lists.at(-1)?.push(word);
  }
  return lists;
}

const timed = (text: string, from: number, to: number): SpokenWord => ({
  startMs: from * wordMs,
  endMs: to * wordMs,
  text,
});

const spoken = (words: readonly SpokenWord[]): SpokenSegment => ({
  startMs: words[0]?.startMs ?? 0,
  endMs: words.at(-1)?.endMs ?? 0,
  text: words.map(({ text }) => text).join(" "),
});

function textOf(audio: Uint8Array): string {
  const isWav = new TextDecoder("latin1").decode(audio.subarray(0, 4)) === "RIFF";
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(isWav ? audio.subarray(headerBytes) : audio);
    return /\p{Cc}/u.test(text.replaceAll(/\s/g, "")) ? "" : text;
  } catch {
    return ""; // sound
  }
}
