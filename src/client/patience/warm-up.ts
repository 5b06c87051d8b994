import { callEnd } from "../../core/call-end.ts";
import type { Capabilities } from "../../core/capability.ts";
import { checkOptions } from "../../core/check-options.ts";
import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { Health } from "../../core/health.ts";
import type { Provider } from "../../core/provider.ts";
import type { ModelRequest, RequestKind } from "../../core/request.ts";
import { silentRecording } from "../../core/silent-recording.ts";
import type { StartCall } from "../call.ts";
import { checkNumber } from "../check.ts";
import type { ModelKnowledge } from "../model-knowledge.ts";
import { modelName } from "../normalize.ts";
import { finished } from "../results.ts";
import { singleFlight } from "../single-flight.ts";
import { withAttempt } from "../with-attempt.ts";
import type { Readiness } from "./readiness.ts";
import { endedBy, waitUntilReady, type Ends } from "./wait-until-ready.ts";

/** Options of `warmUp`. */
export interface WarmUpOptions {
  /** Default: the client's, else the only one that the server has. */
  readonly model?: string;
  /** How long it may take, the waiting for the server included, in milliseconds. Default 300,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with every answer of the server's health check while it is not ready. */
  readonly onHealth?: (health: Health) => void;
}

/** What came of a warm-up. */
export interface WarmUpResult {
  /** The model that is warm; absent where the server has one that it does not name. */
  readonly model?: string;
  /** How: it was loaded without being used (`preload`), or it did the smallest call of this kind. */
  readonly by: "preload" | RequestKind;
  /** Until the server was ready, in milliseconds. */
  readonly waitedMs: number;
  /** All in all, in milliseconds. */
  readonly totalMs: number;
}

/** What a warm-up needs of its client. */
export interface WarmUpSettings extends Ends {
  readonly provider: Provider;
  readonly defaultModel: string | undefined;
  readonly start: StartCall;
  readonly known: () => Promise<ModelKnowledge>;
  readonly readiness: () => Promise<Readiness>;
}

/** Warms a model up. */
export type WarmUp = (options?: WarmUpOptions) => Promise<WarmUpResult>;

type Warmed = Pick<WarmUpResult, "model" | "by">;

const names: Record<keyof WarmUpOptions, true> = { model: true, timeoutMs: true, signal: true, onHealth: true };

/** The smallest call of each kind, the likeliest kind first. */
const smallest: readonly ModelRequest[] = [
  { kind: "chat", messages: [{ role: "user", content: "Hi" }], sampling: { maxTokens: 1 }, stream: false },
  { kind: "completion", prompt: "Hi", sampling: { maxTokens: 1 }, stream: false },
  { kind: "embedding", inputs: ["Hi"] },
  { kind: "rerank", query: "Hi", documents: ["Hi"] },
  { kind: "classification", inputs: ["Hi"] },
  {
    kind: "transcription",
    audio: silentRecording(500),
    mediaType: "audio/wav",
    fileName: "silence.wav",
    stream: false,
  },
];

/** Makes models answer their first call as quickly as the others; a model is warmed once at a time, for all who ask. */
export function warmer(settings: WarmUpSettings): WarmUp {
  const { provider, defaultModel, known, readiness } = settings;
  const once = singleFlight<Warmed>();

  return async (options = {}) => {
    checkOptions("warmUp", options, names);
    const { model = defaultModel, signal, timeoutMs = 300_000, onHealth } = options;
    if (model !== undefined) modelName(model);
    const limitMs = checkNumber("timeoutMs", timeoutMs, { min: 1, max: 2_147_483_647 });
    const startedAt = performance.now();
    const patience = { timeoutMs: limitMs, ...(signal ? { signal } : {}), ...(onHealth ? { onHealth } : {}) };
    await waitUntilReady(await readiness(), settings, patience);
    const waitedMs = performance.now() - startedAt;
    const ending = callEnd();
    const release = endedBy(signal, ending, settings);
    const late = setTimeout(() => ending.abort(tooLate(provider, limitMs)), Math.max(1, limitMs - waitedMs));
    try {
      const warmed = await once(model ?? "", ending, async (end) => {
        const name = model ?? (provider.ignoresModelName ? undefined : await (await known()).onlyName(end));
        return name !== undefined && provider.preload ? preload(name, end) : use(name, settings, end);
      });
      return { ...warmed, waitedMs, totalMs: performance.now() - startedAt };
    } finally {
      clearTimeout(late);
      release();
    }
  };

  async function preload(model: string, signal: AbortSignal): Promise<Warmed> {
    await withAttempt(async () => provider.preload?.(model, signal));
    return { model, by: "preload" };
  }
}

/** Has the model do the smallest call that it can; what nobody knows is found out by trying. */
async function use(
  model: string | undefined,
  { provider, known, start }: WarmUpSettings,
  signal: AbortSignal,
): Promise<Warmed> {
  const capabilities = await capabilitiesOf(model, provider, await known(), signal);
  const tried = smallest
    .filter(({ kind }) => supported(capabilities, kind) !== "no")
    .toSorted((a, b) => rank(capabilities, a.kind) - rank(capabilities, b.kind));
  let refusal: unknown = new InhouseError(
    "unsupported",
    `${provider.name} has nothing that a model could be warmed by.`,
  );
  for (const request of tried) {
    const call = start(Object.freeze(model === undefined ? request : { ...request, model }), { signal });
    try {
      const answered = await finished(call, ({ collected }) => collected().finish?.model);
      const name = answered ?? model;
      return { by: request.kind, ...(name === undefined ? {} : { model: name }) };
    } catch (error) {
      if (!isInhouseError(error) || !["unsupported", "not-found", "invalid-request"].includes(error.code)) throw error;
      if (request === tried[0]) refusal = error;
    }
  }
  throw refusal;
}

const supported = (capabilities: Capabilities, kind: RequestKind) =>
  kind === "detokenization" ? "no" : capabilities[kind].supported;

const rank = (capabilities: Capabilities, kind: RequestKind): number =>
  supported(capabilities, kind) === "yes" ? 0 : 1;

/** What the model can do, or what is known before where the server does not describe it. */
async function capabilitiesOf(
  model: string | undefined,
  provider: Provider,
  known: ModelKnowledge,
  signal: AbortSignal,
): Promise<Capabilities> {
  try {
    return (await known.report(model, signal)).model.capabilities;
  } catch (error) {
    if (signal.aborted || !isInhouseError(error)) throw error;
    return provider.capabilities; // what is wrong with the model or the server, the call will tell
  }
}

function tooLate({ name }: Provider, limitMs: number): InhouseError {
  return new InhouseError("timeout", `The model was not warm within ${limitMs} ms.`, {
    phase: "total",
    provider: name,
    hint: "Raise timeoutMs, or look at the server's log: a large model takes minutes to load.",
  });
}
