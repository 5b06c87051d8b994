import type { InhouseError } from "../../core/error.ts";
import type { PromptSize, Provider } from "../../core/provider.ts";
import type { ChatRequest, CompletionRequest } from "../../core/request.ts";
import type { Target } from "../target.ts";
import { mostTokens } from "./prompt-bytes.ts";

type Generation = ChatRequest | CompletionRequest;

/**
 * How long a prompt is and what it must fit into, as far as it must be known: nothing of one that fits for sure. The
 * window is asked at the same time as the count, and once a minute.
 */
export async function sizeOf(
  { provider, known }: Target,
  request: Generation,
  room: (contextLength: number) => number,
  signal: AbortSignal,
): Promise<PromptSize> {
  if (!provider.measure) return {};
  if (!counts(provider)) return provider.measure(request, signal); // its window belongs to a call, and is told by it
  const knowledge = await known();
  const recent = knowledge.recent(request.model)?.model.contextLength;
  const most = mostTokens(request);
  if (recent !== undefined && most !== undefined && most + room(recent) <= recent) return {};
  const [contextLength, size] = await Promise.all([
    recent ?? beside(signal, async () => (await knowledge.fresh(request.model, signal)).model.contextLength),
    beside(signal, () => provider.measure?.(request, signal)),
  ]);
  return { ...(contextLength === undefined ? {} : { contextLength }), ...size };
}

/** The numbers of a prompt that its server refused: those of the refusal, and what the server counts where it names none. */
export async function refusedSize(
  provider: Provider,
  request: Generation,
  { promptTokens, contextLength }: InhouseError,
  before: PromptSize,
  signal: AbortSignal,
): Promise<PromptSize> {
  const asked =
    promptTokens === undefined && counts(provider)
      ? await beside(signal, () => provider.measure?.(request, signal))
      : {};
  const window = contextLength ?? asked?.contextLength ?? before.contextLength;
  const tokens = promptTokens ?? asked?.promptTokens;
  return {
    ...(window === undefined ? {} : { contextLength: window }),
    ...(tokens === undefined ? {} : { promptTokens: tokens }),
  };
}

const counts = ({ capabilities }: Provider): boolean => capabilities.tokenization.supported !== "no";

/** A question beside a call: what hinders its answer hinders the call too, and is the call's to tell. */
async function beside<Answer>(
  signal: AbortSignal,
  ask: () => Promise<Answer> | undefined,
): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}
