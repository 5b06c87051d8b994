import type { TranscriptionRequest } from "../core/request.ts";
import { silentRecording } from "../core/silent-recording.ts";
import {
  ask,
  completionRequest,
  failureOf,
  named,
  whereDescribed,
  whereSupported,
  type Reply,
} from "./contract-ask.ts";
import type { ContractCase, ContractSubject, Runner } from "./contract-case.ts";

/** Everything but chat: the other operations, the models, the health. */
export const operationCases: readonly ContractCase[] = [
  {
    name: "lists models whose capabilities carry their evidence",
    async run(subject, expect) {
      const provider = subject.provider();
      const models = await provider.models();
      expect(models.length).toBeGreaterThan(0);
      for (const { id, capabilities } of models) {
        expect(id.length).toBeGreaterThan(0);
        for (const { supported, evidence } of Object.values(capabilities)) {
          expect(["yes", "no", "unknown"]).toContain(supported);
          expect(evidence.length).toBeGreaterThan(0);
        }
      }
      await provider.close();
    },
  },
  {
    name: "describes a model, and says which ones there are when it is another",
    async run(subject, expect) {
      const provider = subject.provider();
      const [first] = await provider.models();
      const info = await provider.describe(subject.model ?? first?.id);
      expect([info.id, ...info.aliases]).toContain(subject.model ?? first?.id);
      const error = await failureOf(provider.describe("no-such-model"), expect);
      expect(error.code).toBe("not-found");
      expect(error.hint).toContain(first?.id);
      await provider.close();
    },
  },
  {
    name: "says that it is ready",
    async run(subject, expect) {
      const provider = subject.provider();
      expect(["ready", "busy"]).toContain((await provider.health()).status); // earlier cases may still end
      await provider.close();
    },
  },
  {
    name: "is down, and refuses calls as connect, when the server is not there",
    needs: "unreachable",
    async run(subject, expect) {
      const provider = subject.unreachable?.() ?? subject.provider();
      expect((await provider.health()).status).toBe("down");
      const error = await failureOf(ask(provider, completionRequest(subject, "One")), expect);
      expect(error.code).toBe("connect");
      expect(error.retryable).toBe(true);
    },
  },
  {
    name: "refuses a wrong key as auth, without repeating it",
    needs: "withWrongKey",
    async run(subject, expect) {
      const provider = subject.withWrongKey?.() ?? subject.provider();
      const error = await failureOf(ask(provider, completionRequest(subject, "One")), expect);
      expect(error.code).toBe("auth");
      expect(error.retryable).toBe(false);
      expect(JSON.stringify(error).includes("wrong-key")).toBe(false);
    },
  },
  {
    name: "completes a text",
    about: "completion",
    run: (subject, expect) =>
      whereSupported(subject, "completion", expect, completionRequest(subject, "One two three four"), (reply) => {
        expect(reply.text.length).toBeGreaterThan(0);
        expect(["stop", "length"]).toContain(reply.finish?.finishReasons[0]);
        expect(reply.finish?.usage?.outputTokens ?? 0).toBeLessThanOrEqual(12);
      }),
  },
  {
    name: "fills in the middle, or says that the model cannot",
    about: "infill",
    run: (subject, expect) =>
      whereSupported(
        subject,
        "infill",
        expect,
        completionRequest(subject, "function add(a, b) {\n  return ", { suffix: ";\n}\n\nadd(1, 2);".repeat(10) }),
        ({ finish }) => {
          expect(finish?.finishReasons.length).toBe(1);
          // Its suffix alone is longer than that.
          return (finish?.usage?.inputTokens ?? 0) > 60 ? "yes" : "the suffix is ignored in silence";
        },
      ),
  },
  {
    name: "gives each input its own vector, all of one length",
    about: "embedding",
    run: (subject, expect) =>
      whereSupported(
        subject,
        "embedding",
        expect,
        { kind: "embedding", ...named(subject), inputs: ["a cat sleeps", "quarterly tax report", "a cat sleeps"] },
        ({ vectors }) => {
          expect(vectors.length).toBe(3);
          expect(new Set(vectors.map(({ length }) => length)).size).toBe(1);
          expect(vectors.flat().every(Number.isFinite)).toBe(true);
          const likeness = (a: number, b: number) => cosine(vectors[a] ?? [], vectors[b] ?? []);
          expect(likeness(0, 2)).toBeGreaterThan(0.999);
          expect(likeness(0, 2)).toBeGreaterThan(likeness(0, 1));
        },
      ),
  },
  {
    name: "scores every document",
    about: "rerank",
    run: (subject, expect) =>
      whereSupported(
        subject,
        "rerank",
        expect,
        { kind: "rerank", ...named(subject), query: "cats", documents: ["tax law", "cats and dogs", "rain"] },
        ({ rankings }) => expect(rankings.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([0, 1, 2]),
      ),
  },
  {
    name: "sorts each text into one of the model's classes",
    about: "classification",
    run: (subject, expect) =>
      whereSupported(
        subject,
        "classification",
        expect,
        { kind: "classification", ...named(subject), inputs: ["Thank you!", "Where is my order?"] },
        ({ classifications }) => {
          expect(classifications.length).toBe(2);
          for (const { label, scores } of classifications) {
            expect(label.length).toBeGreaterThan(0);
            expect(Math.abs(scores.reduce((sum, score) => sum + score, 0) - 1) < 0.01).toBe(true);
          }
        },
      ),
  },
  {
    name: "splits text into tokens and joins them to the same text",
    about: "tokenization",
    async run(subject, expect) {
      const text = "Grüße, 世界! ☃ 1+1=2";
      const seen = await whereSupported(
        subject,
        "tokenization",
        expect,
        { kind: "tokenization", ...named(subject), text, withPieces: true },
        ({ tokens, pieces }) => {
          expect(tokens.length).toBeGreaterThan(0);
          expect(pieces?.length).toBe(tokens.length);
        },
      );
      const provider = subject.provider();
      if (provider.capabilities.tokenization.supported !== "yes") return seen;
      const { tokens } = await ask(provider, { kind: "tokenization", ...named(subject), text });
      const joined = await ask(subject.provider(), { kind: "detokenization", ...named(subject), tokens });
      expect(joined.text).toBe(text);
      return seen;
    },
  },
  {
    name: "writes down what is said in a recording, as it comes and as a whole",
    about: "transcription",
    async run(subject, expect) {
      const hears = (stream: boolean) =>
        whereHeard(subject, expect, recordingRequest(subject, { stream }), ({ events, text, finish }) => {
          expect(events.filter(({ type }) => type === "finish").length).toBe(1);
          expect(finish === undefined).toBe(false);
          const deltas = events.flatMap((event) => (event.type === "text-delta" ? [event.text] : []));
          expect(deltas.join("")).toBe(text);
        });
      const whole = await hears(false);
      return (await hears(true)) ?? whole;
    },
  },
  {
    name: "tells the times of what is said in their order, or says that it cannot",
    about: "transcription",
    run: (subject, expect) =>
      whereHeard(subject, expect, recordingRequest(subject, { timestamps: "segment" }), ({ heard, text, warnings }) => {
        const segments = heard.flatMap((event) => (event.type === "segment" ? [event] : []));
        for (const [index, { startMs, endMs, text: said }] of segments.entries()) {
          expect(endMs >= startMs && startMs >= (segments[index - 1]?.startMs ?? 0)).toBe(true);
          expect(text).toContain(said);
        }
        if (segments.length > 0 || text === "") return "told";
        expect(warnings.map(({ option }) => option)).toContain("timestamps");
        return "a warning";
      }),
  },
];

/** A second of quiet; who has no ears and reads bytes hears three words. */
const recording = silentRecording(1_000, new TextEncoder().encode("One two three.".padEnd(32_000)));

const recordingRequest = (subject: ContractSubject, more: Partial<TranscriptionRequest>): TranscriptionRequest => ({
  kind: "transcription",
  ...named(subject),
  audio: recording,
  mediaType: "audio/wav",
  fileName: "recording.wav",
  stream: false,
  ...more,
});

/** As far as the server describes its models: some that hear list none. */
async function whereHeard(
  subject: ContractSubject,
  expect: Runner["expect"],
  request: TranscriptionRequest,
  check: (reply: Reply) => string | void,
): Promise<string | void> {
  if (subject.supports?.transcription === "yes")
    return whereSupported(subject, "transcription", expect, request, check);
  return whereDescribed(subject, "transcription", expect, request, check);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b) || 1);
}
