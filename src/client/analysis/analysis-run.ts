import type { AnalysisSource } from "../../core/analysis-checkpoint.ts";
import { abortError, InhouseError, isInhouseError } from "../../core/error.ts";
import type { Message } from "../../core/message.ts";
import type { Reasoning } from "../../core/request.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import type { ChatResult, Usage, Warning } from "../../core/result.ts";
import { inParallel } from "../in-parallel.ts";
import type { CallOptions, ChatInput } from "../inputs.ts";
import { normalizeChat } from "../normalize.ts";
import type { OutputSettings } from "../output/structured-answer.ts";
import { chatResult, finished } from "../results.ts";
import type { RunningCalls } from "../running-calls.ts";
import { sumUsage } from "../sum-usage.ts";
import type { Target } from "../target.ts";
import type { AnalysisInput, AnalysisProgress } from "./analysis-input.ts";
import { markOf } from "./analysis-marks.ts";
import { materialKeys } from "./analysis-options.ts";
import type { FailedPiece } from "./analysis-result.ts";
import { analysisSteps, type AnalysisSteps } from "./analysis-steps.ts";

/** What an analysis needs of its client. */
export interface AnalysisClient extends OutputSettings {
  /** What its calls are fitted to. */
  readonly target: Target;
  readonly running: RunningCalls;
  /** The client's own model. */
  readonly model: string | undefined;
}

/** What a call of an analysis may be given. */
export interface AskOptions {
  readonly maxTokens: number;
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: Reasoning;
}

/** One analysis while it runs: what it may spend, what it has done, what went wrong. */
export interface AnalysisRun {
  readonly client: AnalysisClient;
  readonly input: AnalysisInput;
  readonly signal: AbortSignal;
  readonly steps: AnalysisSteps;
  readonly failedPieces: readonly FailedPiece[];
  readonly warnings: readonly Warning[];
  /** Usage of all calls so far, and how many there were. */
  spent(): { readonly calls: number; readonly usage?: Usage };
  /** What each call to the server takes from the input. */
  readonly callOptions: CallOptions;
  /** The same for calls that generate. */
  readonly chatOptions: Omit<ChatInput, "messages">;
  /** One call to the model. */
  ask(messages: readonly Message[], options: AskOptions): Promise<ChatResult>;
  /** Enters a call that was made otherwise. */
  enter<Result extends ChatResult>(result: Result): Result;
  /** Works at these, as many at a time as the caller allows. After a failure nothing new begins, and what runs is finished. */
  each<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<readonly Result[]>;
  report(progress: AnalysisProgress): void;
  warn(option: string, message: string): void;
  /** A piece failed: throws its error, unless the caller skips such pieces. */
  fail(sources: readonly AnalysisSource[], error: unknown): void;
  /** Has something closed when the analysis is over. */
  atEnd(close: () => Promise<void>): void;
  end(): Promise<void>;
}

/** Begins an analysis. */
export function analysisRun(client: AnalysisClient, input: AnalysisInput, signal: AbortSignal): AnalysisRun {
  const { timeout, maxRetries, priority, tags, headers, model, providerOptions, temperature, seed, reasoning } = input;
  const callOptions: CallOptions = {
    signal,
    ...(timeout === undefined ? {} : { timeout }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(priority === undefined ? {} : { priority }),
    ...(tags === undefined ? {} : { tags }),
    ...(headers === undefined ? {} : { headers }),
    ...(model === undefined ? {} : { model }),
    ...(providerOptions === undefined ? {} : { providerOptions }),
  };
  const chatOptions = {
    ...callOptions,
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { seed }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
  const failedPieces: FailedPiece[] = [];
  const warnings: Warning[] = [];
  const given = materialKeys.find((key) => input[key] !== undefined) ?? "file";
  const usages: (Usage | undefined)[] = [];
  const open: (() => Promise<void>)[] = [];

  function warn(option: string, message: string): void {
    const isKnown = warnings.some((known) => known.option === option && known.message === message);
    if (!isKnown) warnings.push({ option, message });
  }

  function enter<Result extends ChatResult>(result: Result): Result {
    usages.push(result.usage);
    // Which part of which message a file became is not the caller's business.
    for (const { option, message } of result.warnings) warn(option.startsWith("messages[") ? given : option, message);
    return result;
  }

  return {
    client,
    input,
    signal,
    steps: analysisSteps(input.resume),
    failedPieces,
    warnings,
    callOptions,
    chatOptions,
    warn,
    enter,
    spent() {
      const usage = sumUsage(usages);
      return { calls: usages.length, ...(usage === undefined ? {} : { usage }) };
    },
    async ask(messages, options) {
      const request = normalizeChat({ ...chatOptions, messages, ...options }, false);
      return enter(await finished(client.start(request, callOptions), chatResult));
    },
    async each(items, work) {
      let failure: { readonly error: unknown } | undefined;
      const results = await inParallel(items, input.concurrency ?? 2, async (item) => {
        if (failure) return undefined;
        return work(item).catch((error: unknown) => {
          failure ??= { error };
          return undefined;
        });
      });
      if (failure) throw failure.error;
      return results as Awaited<ReturnType<typeof work>>[];
    },
    atEnd: (close) => void open.push(close),
    async end() {
      await Promise.all(open.map((close) => close()));
    },
    report: (progress) => input.onProgress?.(progress),
    fail(sources, error) {
      if (!isInhouseError(error)) throw error;
      if (signal.aborted) throw abortError(signal);
      if (error.code === "closed") throw error;
      if (input.onPieceError !== "skip") throw stoppedAt(sources, error);
      failedPieces.push({ sources, code: error.code, message: error.message });
    },
  };
}

/** The same error, which says where in the material it happened. */
function stoppedAt(sources: readonly AnalysisSource[], error: InhouseError): InhouseError {
  const { name: _name, code, message, cause, ...known } = error;
  return new InhouseError(code, `The analysis stopped at ${markOf(sources)}: ${message}`, { cause, ...known });
}
