import { callStarter } from "../../src/client/call-starter.ts";
import type { ClientOptions } from "../../src/client/client.ts";
import { modelKnowledge } from "../../src/client/model-knowledge.ts";
import { readinessOf } from "../../src/client/patience/readiness.ts";
import { runningCalls } from "../../src/client/running-calls.ts";
import { signalListeners } from "../../src/client/signal-listeners.ts";
import type { SoundReader } from "../../src/client/transcription/transcription-input.ts";
import type { Provider } from "../../src/core/provider.ts";
import { silentRecording } from "../../src/core/silent-recording.ts";

/** How long a word takes in what `memory()` hears. */
export const wordMs = 400;

/** A recording in which `memory()` and the fake servers hear these words. */
export const recordingOf = (text: string): Uint8Array => silentRecording(0, new TextEncoder().encode(text));

/** The same, as large as a recording of that length may be. */
export const longRecordingOf = (text: string): Uint8Array => recordingOf(text.padEnd(20_000));

/** Reads and cuts such recordings, with the next piece beginning within the one before it. */
export const spokenReader: SoundReader = {
  facts: async (file) => ({ durationMs: (await wordsOf(file.bytes())).length * wordMs }),
  async *pieces(file, { longestMs, overlapMs }) {
    const words = await wordsOf(file.bytes());
    const [length, overlap] = [longestMs / wordMs, overlapMs / wordMs];
    for (let from = 0; from === 0 || from + overlap < words.length; from += length - overlap) {
      const said = words.slice(from, from + length);
      const data = recordingOf(said.join(" "));
      yield { startMs: from * wordMs, endMs: (from + said.length) * wordMs, data, mediaType: "audio/wav" };
    }
  },
};

async function wordsOf(bytes: Promise<Uint8Array>): Promise<readonly string[]> {
  return new TextDecoder()
    .decode((await bytes).subarray(44))
    .split(" ")
    .filter(Boolean);
}

/** What `transcribe()` needs of a client of this provider. */
export function hearingClient(provider: Provider, options: Partial<ClientOptions> = {}) {
  const running = runningCalls();
  const knowledge = modelKnowledge(provider);
  const { start } = callStarter(
    { provider, maxRetries: 0, ...options },
    {
      target: {
        provider,
        known: () => Promise.resolve(knowledge),
        media: {},
        files: { opened: new WeakMap(), fitted: new WeakMap() },
      },
      timeouts: {},
      running,
      signals: signalListeners(),
      readiness: () => Promise.resolve(readinessOf(provider)),
    },
  );
  return { provider, start, running, timeouts: {}, sound: spokenReader };
}
