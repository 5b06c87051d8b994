import { no, yes, type Capabilities } from "../core/capability.ts";
import { checkOptions } from "../core/check-options.ts";
import { abortError, InhouseError } from "../core/error.ts";
import type { Batch, ModelEvent } from "../core/event.ts";
import type { CallContext } from "../core/handler.ts";
import type { Health } from "../core/health.ts";
import type { ModelInfo, Provider } from "../core/provider.ts";
import type { ModelRequest } from "../core/request.ts";
import { answer, lengthOfPrompt } from "./memory-answers.ts";

/** What a scripted reply may be: text, which is streamed word by word, an error, or the events themselves. */
export type ScriptedReply = string | InhouseError | readonly ModelEvent[];

/** Options of `memory`. */
export interface MemoryOptions {
  /** Names of its models. Default `["memory"]`. */
  readonly models?: readonly string[];
  /** Tokens that prompt and answer may have together. Default 4,096. */
  readonly contextLength?: number;
  /** What to answer; undefined leaves it to the built-in answers. Called once for each try, with the number of the call. */
  readonly reply?: (request: ModelRequest, callNumber: number) => ScriptedReply | undefined;
  /** Pause before each batch, in milliseconds. Default 0: everything comes in the same turn. */
  readonly delayMs?: number;
  /** What `health()` answers. Default ready. */
  readonly health?: () => Health;
}

/** A provider without a network, and what was asked of it. */
export interface MemoryProvider extends Provider {
  /** Every request that reached it, in order. */
  readonly requests: readonly ModelRequest[];
  /** How many replies are being given at the moment. */
  readonly running: number;
}

const optionNames = { models: 1, contextLength: 1, reply: 1, delayMs: 1, health: 1 };

const capabilities: Capabilities = {
  chat: yes("memory()"),
  completion: yes("memory()"),
  infill: yes("memory()"),
  embedding: yes("memory()"),
  rerank: yes("memory()"),
  classification: yes("memory()"),
  transcription: yes("memory()"),
  tokenization: yes("memory()"),
  tools: yes("memory()"),
  forcedTools: no("memory() says what its script says"),
  reasoning: yes("memory()"),
  reasoningSwitch: no("memory() does not think"),
  reasoningEffort: no("memory() does not think"),
  reasoningBudget: no("memory() does not think"),
  structuredOutput: no("memory() obeys no schema"),
  choice: no("memory() obeys no list of texts"),
  regex: no("memory() obeys no expression"),
  logprobs: no("memory() has no probabilities"),
  grammar: no("memory() obeys no grammar"),
  image: no("memory() has no eyes"),
  audio: no("memory() has no ears"),
  video: no("memory() has no eyes"),
};

/**
 * A provider that answers from a script, or else deterministically: chat and completion repeat the prompt's words, a
 * vector is made of a text's letters, a token is a UTF-16 unit. For tests of programs that use inhouse, and the
 * executable specification of what a provider does.
 */
export function memory(options: MemoryOptions = {}): MemoryProvider {
  checkOptions("memory", options, optionNames);
  const { models = ["memory"], contextLength = 4_096, delayMs = 0 } = options;
  const requests: ModelRequest[] = [];
  let running = 0;
  let closed = false;
  const infos = models.map((id): ModelInfo => ({ id, aliases: [], contextLength, embeddingLength: 26, capabilities }));

  function find(model: string | undefined): ModelInfo {
    const found = model === undefined ? infos[0] : infos.find(({ id }) => id === model);
    if (found) return found;
    throw new InhouseError("not-found", `memory has no model "${model ?? ""}".`, {
      provider: "memory",
      hint: `Models: ${models.join(", ")}.`,
    });
  }

  function eventsOf(request: ModelRequest): readonly ModelEvent[] {
    const scripted = options.reply?.(request, requests.length);
    if (scripted instanceof InhouseError) throw scripted;
    const { id } = find(request.model);
    if (typeof scripted === "object") return scripted;
    return answer(request, { model: id, contextLength, ...(scripted === undefined ? {} : { text: scripted }) });
  }

  async function* send(request: ModelRequest, context: CallContext): AsyncGenerator<Batch> {
    if (closed) throw new InhouseError("closed", "The provider was closed.", { provider: "memory" });
    requests.push(request);
    running += 1;
    try {
      for (const event of eventsOf(request)) {
        await wait(delayMs, context.signal);
        yield [event];
      }
    } finally {
      running -= 1;
    }
  }

  return {
    name: "memory",
    capabilities,
    media: { image: { mediaTypes: ["image/png"] }, audio: { mediaTypes: ["audio/wav"] } },
    requests,
    get running() {
      return running;
    },
    send,
    models: () => Promise.resolve(infos),
    describe: (model) => new Promise((resolve) => resolve(find(model))),
    measure: (request) => Promise.resolve({ promptTokens: lengthOfPrompt(request), contextLength }),
    health: () => Promise.resolve(options.health?.() ?? { status: "ready" }),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}

/** Waits, unless the call is ended. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal));
    if (ms === 0) return resolve();
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    function onAbort(): void {
      clearTimeout(timer);
      reject(abortError(signal));
    }
    return signal.addEventListener("abort", onAbort, { once: true });
  });
}
