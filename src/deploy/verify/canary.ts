import { randomUUID } from "node:crypto";

import { collector } from "../../core/collect.ts";
import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { Provider } from "../../core/provider.ts";
import type { CompletionRequest } from "../../core/request.ts";
import type { FinishReason } from "../../core/result.ts";

/** What a server made of one prompt. */
export interface CanaryReply {
  /** Tokens of the prompt as the server counted them when it answered. */
  readonly inputTokens?: number;
  readonly cachedTokens: number;
  readonly outputTokens?: number;
  readonly finishReason: FinishReason;
  /** Tokens in a second, by the server's own clock where it tells, else by this one's. */
  readonly promptTokensPerSecond?: number;
  readonly outputTokensPerSecond?: number;
}

/** What a server made of fixed prompts, and of one that is nearly as long as its context, and of one that is longer. */
export interface Canary {
  /** The fixed prompt, by the server's tokenizer; absent where it has none that can be asked. */
  readonly measuredTokens?: number;
  readonly fixed: CanaryReply;
  /** By how many tokens a prompt should have been counted, and was. */
  readonly long?: { readonly expectedTokens: number; readonly reply: CanaryReply | InhouseError };
  readonly tooLong?: { readonly expectedTokens: number; readonly reply: CanaryReply | InhouseError };
}

/** How a server is tried. */
export interface CanaryOptions {
  readonly provider: Provider;
  readonly model: string;
  /** Tokens of a sequence; without it nothing long is tried. */
  readonly contextLength: number | undefined;
  /** The longest prompt takes about so long at the most, in milliseconds. */
  readonly longestMs: number;
  readonly signal: AbortSignal;
}

/** How many tokens the fixed prompt asks for. */
export const askedTokens = 32;

// Plain words, each after a space, so that every tokenizer counts each for itself: twice as many are twice as many tokens.
const words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const promptOf = (count: number, from = 0): string =>
  `Numbers:${Array.from({ length: count }, (_, index) => ` ${words[(from + index) % words.length]}`).join("")}`;
const fixedWords = 40;
const doubleWords = 80;

/**
 * Asks for the continuation of a fixed prompt, greedily, and tries how the server counts prompts that nearly fill its context,
 * and that do not fit. Rejects as the provider does where the fixed prompt is not answered.
 */
export async function runCanary(options: CanaryOptions): Promise<Canary> {
  const { provider, model, contextLength = 0, longestMs, signal } = options;
  const roomFor = contextLength - askedTokens;
  // A context of a hundred tokens is tried with less.
  const scale = roomFor >= 2 * doubleWords ? 1 : 0.25;
  const [few, many] = [fixedWords * scale, doubleWords * scale];
  const measured = await provider.measure?.(requestOf(model, promptOf(few), 1), signal);
  const fixed = await replyTo(options, promptOf(few), askedTokens);
  const more = await replyTo(options, promptOf(many), 1);
  const told = measured?.promptTokens === undefined ? {} : { measuredTokens: measured.promptTokens };
  if (fixed.inputTokens === undefined || more.inputTokens === undefined || contextLength === 0)
    return { ...told, fixed };
  const perWord = (more.inputTokens - fixed.inputTokens) / (many - few);
  const atStart = fixed.inputTokens - perWord * few;
  if (!(perWord > 0)) return { ...told, fixed };
  const tried = async (count: number, tokens: number) => {
    const expectedTokens = Math.round(atStart + count * perWord);
    // Another word at its beginning, so that nothing of it is in the server's cache.
    const from = 1 + (Number.parseInt(randomUUID().slice(0, 6), 16) % (words.length - 1));
    return { expectedTokens, reply: await attempt(options, promptOf(count, from), tokens) };
  };
  const rate = more.promptTokensPerSecond ?? fixed.promptTokensPerSecond ?? 100;
  const most = Math.min(roomFor, Math.max((rate * longestMs) / 1_000, more.inputTokens));
  // Whole rounds of the words, which some tokenizers count differently.
  const long = await tried(Math.floor((most - atStart) / perWord / words.length) * words.length, 1);
  const tooLong = await tried(Math.ceil((contextLength * 1.05 + 64) / perWord / words.length) * words.length, 1);
  return { ...told, fixed, long, tooLong };
}

const requestOf = (model: string, prompt: string, maxTokens: number): CompletionRequest => ({
  kind: "completion",
  model,
  prompt,
  sampling: { temperature: 0, maxTokens },
  stream: true,
});

/** A refusal is an answer, too; silence and the caller's abort are none. */
async function attempt(options: CanaryOptions, prompt: string, maxTokens: number): Promise<CanaryReply | InhouseError> {
  try {
    return await replyTo(options, prompt, maxTokens);
  } catch (error) {
    if (isInhouseError(error) && error.code !== "abort") return error;
    throw error;
  }
}

async function replyTo(
  { provider, model, longestMs, signal }: CanaryOptions,
  prompt: string,
  maxTokens: number,
): Promise<CanaryReply> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new InhouseError("timeout", "The server took too long for a prompt of the canary.", { phase: "total" }));
  }, longestMs * 5);
  const context = {
    id: randomUUID(),
    signal: AbortSignal.any([signal, late.signal]),
    attempt: 1,
    tags: {},
    timeouts: { connectMs: 5_000 },
  };
  const begun = performance.now();
  let first: number | undefined;
  const folded = collector();
  try {
    for await (const batch of provider.send(requestOf(model, prompt, maxTokens), context)) {
      if (batch.some(({ type }) => type === "text-delta")) first ??= performance.now();
      folded.add(batch);
    }
  } finally {
    clearTimeout(timer);
  }
  const ended = performance.now();
  const { finish, choices } = folded.collected();
  const { inputTokens, outputTokens, cachedInputTokens = 0 } = finish?.usage ?? {};
  const { promptTokensPerSecond, outputTokensPerSecond } = finish?.timings ?? {};
  const read = (inputTokens ?? 0) - cachedInputTokens;
  const promptRate = promptTokensPerSecond ?? (first && read > 0 ? (read * 1_000) / (first - begun) : undefined);
  const written = (outputTokens ?? 0) - 1;
  const rate = outputTokensPerSecond ?? (first && written > 0 ? (written * 1_000) / (ended - first) : undefined);
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    cachedTokens: cachedInputTokens,
    ...(outputTokens === undefined ? {} : { outputTokens }),
    finishReason: choices[0]?.finishReason ?? "unknown",
    ...(promptRate === undefined ? {} : { promptTokensPerSecond: promptRate }),
    ...(rate === undefined ? {} : { outputTokensPerSecond: rate }),
  };
}
