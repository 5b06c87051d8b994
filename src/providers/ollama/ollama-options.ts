import { checkOptions, describe } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { RequestKind } from "../../core/request.ts";

/** How a model is loaded. A value that differs from the one in force loads the model anew, which takes seconds to minutes. */
export interface OllamaRunnerOptions {
  /** Tokens of context. Default: the model's own parameter, else `OLLAMA_CONTEXT_LENGTH`, else by the memory of the GPU. */
  readonly numCtx?: number;
  /** Prompt tokens read in one step. Default 512; 2,048 for embedding models. */
  readonly numBatch?: number;
  /** Layers on the GPU; -1, the default, lets Ollama choose, 0 is the CPU alone. */
  readonly numGpu?: number;
  /** The GPU that holds what cannot be split. Default: chosen by Ollama. */
  readonly mainGpu?: number;
  /** Map the model file into memory instead of reading it. Default: chosen by Ollama. */
  readonly useMmap?: boolean;
  /** CPU threads; 0, the default, lets Ollama choose. */
  readonly numThread?: number;
}

/** What Ollama alone has, given as `providerOptions: { ollama: { … } }`. Checked against Ollama 0.34.2. */
export interface OllamaRequestOptions extends OllamaRunnerOptions {
  /** How long the model stays loaded after this call: seconds or `"5m"`; -1 for ever, 0 not at all. Default: the server's, 5 minutes. */
  readonly keepAlive?: number | string;
  /**
   * Let Ollama cut a prompt or input that is too long, in silence. Default false: it is refused as `context-length`. Old
   * messages go first; one message that is too long by itself is cut with `shift` only.
   */
  readonly truncate?: boolean;
  /**
   * Chat and completion: let Ollama drop the beginning when the context is full, and go on. Default false: it ends
   * (`length`). It belongs to how a model is loaded: a call with the other value loads it anew.
   */
  readonly shift?: boolean;
  /** Chat and completion: prompt tokens that `shift` keeps. Default 4. */
  readonly numKeep?: number;
  /** Chat and completion: tokens that a draft model guesses ahead. Default 4 where there is one. */
  readonly draftNumPredict?: number;
  /** Chat and completion: thinking, with the level `"max"` beyond those of `reasoning`. Default of a completion: false. */
  readonly think?: boolean | "low" | "medium" | "high" | "max";
  /** Completion: the prompt goes to the model as it is. Default true, unless there is a `suffix`, `template` or `system`. */
  readonly raw?: boolean;
  /** Completion: a template (Go's) in place of the model's own. */
  readonly template?: string;
  /** Completion: a system message in place of the model's own. */
  readonly system?: string;
}

/** What `providerOptions.ollama` adds to a request. */
export interface OllamaExtras {
  /** Keys of the body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Keys of its `options`. */
  readonly options: Readonly<Record<string, unknown>>;
}

interface Option {
  readonly kinds: readonly RequestKind[];
  /** Where the server looks for it, and by which name. */
  readonly place: "body" | "options";
  readonly key: string;
  readonly expected: string;
  fits(value: unknown): boolean;
}

const every: readonly RequestKind[] = ["chat", "completion", "embedding"];
const generating: readonly RequestKind[] = ["chat", "completion"];
const completing: readonly RequestKind[] = ["completion"];

const isBoolean = { expected: "true or false", fits: (value: unknown) => typeof value === "boolean" };
const isString = { expected: "a string", fits: (value: unknown) => typeof value === "string" };
const isInteger = (least: number) => ({
  expected: `a whole number from ${least}`,
  fits: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= least,
});

/** Go's durations. */
const duration = /^-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$|^0$/;
const isDuration = {
  expected: 'seconds, or a duration such as "5m"',
  fits: (value: unknown) => Number.isFinite(value) || (typeof value === "string" && duration.test(value)),
};
const isThinking = {
  expected: "true, false, low, medium, high or max",
  fits: (value: unknown) => typeof value === "boolean" || ["low", "medium", "high", "max"].includes(value as string),
};

/** How each of the options that concern loading is checked and written. */
export const runnerOptions: Readonly<Record<keyof OllamaRunnerOptions, Option>> = {
  numCtx: { kinds: every, place: "options", key: "num_ctx", ...isInteger(1) },
  numBatch: { kinds: every, place: "options", key: "num_batch", ...isInteger(1) },
  numGpu: { kinds: every, place: "options", key: "num_gpu", ...isInteger(-1) },
  mainGpu: { kinds: every, place: "options", key: "main_gpu", ...isInteger(0) },
  useMmap: { kinds: every, place: "options", key: "use_mmap", ...isBoolean },
  numThread: { kinds: every, place: "options", key: "num_thread", ...isInteger(0) },
};

const requestOptions: Readonly<Record<keyof OllamaRequestOptions, Option>> = {
  ...runnerOptions,
  keepAlive: { kinds: every, place: "body", key: "keep_alive", ...isDuration },
  truncate: { kinds: every, place: "body", key: "truncate", ...isBoolean },
  shift: { kinds: generating, place: "body", key: "shift", ...isBoolean },
  numKeep: { kinds: generating, place: "options", key: "num_keep", ...isInteger(-1) },
  draftNumPredict: { kinds: generating, place: "options", key: "draft_num_predict", ...isInteger(0) },
  think: { kinds: generating, place: "body", key: "think", ...isThinking },
  raw: { kinds: completing, place: "body", key: "raw", ...isBoolean },
  template: { kinds: completing, place: "body", key: "template", ...isString },
  system: { kinds: completing, place: "body", key: "system", ...isString },
};

/**
 * Writes `providerOptions.ollama`; throws `invalid-request` for an option that is unknown, means nothing to the kind, or
 * has a value of the wrong type, to which Ollama answers 500.
 */
export function encodeOllamaOptions(options: Readonly<Record<string, unknown>>, kind: RequestKind): OllamaExtras {
  const applicable = Object.entries(requestOptions).filter(([, { kinds }]) => kinds.includes(kind));
  return written(`providerOptions.ollama (${kind})`, options, applicable);
}

/** Writes the options that concern loading alone, as `options` of a request or parameters of a model have them. */
export function encodeRunnerOptions(place: string, options: OllamaRunnerOptions): OllamaExtras["options"] {
  return written(place, { ...options }, Object.entries(runnerOptions)).options;
}

/** Writes the options with which a model is loaded, and how long it stays. */
export function encodeLoadOptions(
  options: OllamaRunnerOptions & { readonly keepAlive?: number | string },
): OllamaExtras {
  const { keepAlive } = requestOptions;
  return written("load", { ...options }, Object.entries({ ...runnerOptions, keepAlive }));
}

function written(
  place: string,
  options: Readonly<Record<string, unknown>>,
  known: readonly (readonly [name: string, option: Option])[],
): OllamaExtras {
  checkOptions(place, options, Object.fromEntries(known));
  const extras = { body: {} as Record<string, unknown>, options: {} as Record<string, unknown> };
  for (const [name, option] of known) {
    const value = options[name];
    if (value === undefined) continue;
    if (!option.fits(value)) {
      const got = typeof value === "string" ? `"${value.slice(0, 40)}"` : describe(value);
      throw new InhouseError("invalid-request", `${place}: ${name}: expected ${option.expected}, got ${got}.`);
    }
    extras[option.place][option.key] = value;
  }
  return extras;
}
