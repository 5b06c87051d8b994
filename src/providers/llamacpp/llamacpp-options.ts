import { checkOptions } from "../../core/check-options.ts";
import type { RequestKind } from "../../core/request.ts";

/** What llama-server alone has, given as `providerOptions: { llamacpp: { … } }`. */
export interface LlamacppRequestOptions {
  /** Reuse the slot's cache of the same prompt. Default true. */
  readonly cachePrompt?: boolean;
  /** Use this slot; -1, the default, is any. */
  readonly slotId?: number;
  /** Prompt tokens to keep when the context is shifted; -1 is all. */
  readonly keepTokens?: number;
  /** Smallest chunk of cached prompt to be reused by shifting; 0 is off. */
  readonly cacheReuseTokens?: number;
  /** Keep at least this many candidates whatever the samplers say. */
  readonly minKeep?: number;
  /** Stop generating after this time, in milliseconds, at the next line feed. */
  readonly generationLimitMs?: number;
  /** Least indentation of a generated line, in characters. */
  readonly indent?: number;
  /** LoRA adapters for this request, all others off; what `adapters.list()` has not is refused (the server ignores it). */
  readonly lora?: readonly LlamacppRequestAdapter[];
  /** Chat: variables of the chat template, such as `{ enable_thinking: false }`. */
  readonly chatTemplateKwargs?: Readonly<Record<string, unknown>>;
  /** Chat: where thinking goes: `none` leaves it in the text, `deepseek` takes it out. Default: the server's. */
  readonly reasoningFormat?: "none" | "auto" | "deepseek" | "deepseek-legacy";
  /** Chat: most tokens of thinking. */
  readonly reasoningBudgetTokens?: number;
  /** Chat: several tool calls in one answer, where the template can. */
  readonly parallelToolCalls?: boolean;
  /** Infill: other files of the project, for context. */
  readonly files?: readonly { readonly name: string; readonly text: string }[];
}

/** An adapter of one request, by its id or its name. */
export interface LlamacppRequestAdapter {
  readonly id?: number;
  /** The file's name without `.gguf`, or its path. */
  readonly name?: string;
  /** How much it counts. Default 1. */
  readonly scale?: number;
}

type Write = (value: never) => readonly [name: string, value: unknown];
const named =
  (name: string): Write =>
  (value: unknown) => [name, value];

/** How each option is written, and for which requests it means something. */
const encodings: Readonly<
  Record<keyof LlamacppRequestOptions, { readonly kinds: readonly RequestKind[]; readonly write: Write }>
> = {
  cachePrompt: { kinds: ["chat", "completion"], write: named("cache_prompt") },
  slotId: { kinds: ["chat", "completion"], write: named("id_slot") },
  keepTokens: { kinds: ["chat", "completion"], write: named("n_keep") },
  cacheReuseTokens: { kinds: ["chat", "completion"], write: named("n_cache_reuse") },
  minKeep: { kinds: ["chat", "completion"], write: named("min_keep") },
  generationLimitMs: { kinds: ["chat", "completion"], write: named("t_max_predict_ms") },
  indent: { kinds: ["chat", "completion"], write: named("n_indent") },
  lora: { kinds: ["chat", "completion"], write: named("lora") },
  chatTemplateKwargs: { kinds: ["chat"], write: named("chat_template_kwargs") },
  reasoningFormat: { kinds: ["chat"], write: named("reasoning_format") },
  reasoningBudgetTokens: { kinds: ["chat"], write: named("reasoning_budget_tokens") },
  parallelToolCalls: { kinds: ["chat"], write: named("parallel_tool_calls") },
  files: {
    kinds: ["completion"],
    write: (files: NonNullable<LlamacppRequestOptions["files"]>) => [
      "input_extra",
      files.map(({ name, text }) => ({ filename: name, text })),
    ],
  },
};

/** The body's keys for `providerOptions.llamacpp`; throws `invalid-request` for one that does not apply to the kind. */
export function encodeLlamacppOptions(
  options: Readonly<Record<string, unknown>>,
  kind: RequestKind,
): Readonly<Record<string, unknown>> {
  const applicable = Object.entries(encodings).filter(([, { kinds }]) => kinds.includes(kind));
  checkOptions(`providerOptions.llamacpp (${kind})`, options, Object.fromEntries(applicable));
  return Object.fromEntries(
    applicable
      .filter(([name]) => options[name] !== undefined)
      .map(([name, { write }]) => write(options[name] as never)),
  );
}
