import type { CapabilityName } from "../core/capability.ts";
import { collector, type Collected } from "../core/collect.ts";
import { isInhouseError, type InhouseError } from "../core/error.ts";
import type { ModelEvent } from "../core/event.ts";
import type { CallContext } from "../core/handler.ts";
import type { Provider } from "../core/provider.ts";
import type { ChatRequest, CompletionRequest, ModelRequest } from "../core/request.ts";
import type { Sampling } from "../core/sampling.ts";
import type { ContractSubject, Runner } from "./contract-case.ts";

/** The context of a call of the contract's. */
export function callContext(signal: AbortSignal = new AbortController().signal): CallContext {
  return { id: "contract", signal, attempt: 1, tags: {}, timeouts: { connectMs: 5_000, idleMs: 60_000 } };
}

/** Answers are short, so that a slow machine can run the contract. */
const short: Sampling = { maxTokens: 12, temperature: 0 };

/** A chat request; `fields` and `sampling` change what the case is about. */
export function chatRequest(
  { model }: ContractSubject,
  text: string,
  sampling: Sampling = {},
  fields: Partial<ChatRequest> = {},
): ChatRequest {
  return {
    kind: "chat",
    ...(model === undefined ? {} : { model }),
    messages: [{ role: "user", content: text }],
    sampling: { ...short, ...sampling },
    stream: true,
    ...fields,
  };
}

/** A completion request. */
export function completionRequest(
  { model }: ContractSubject,
  prompt: string,
  fields: Partial<CompletionRequest> = {},
): CompletionRequest {
  return {
    kind: "completion",
    ...(model === undefined ? {} : { model }),
    prompt,
    sampling: short,
    stream: true,
    ...fields,
  };
}

/** Names the model in a request of any kind. */
export const named = ({ model }: ContractSubject): { readonly model?: string } =>
  model === undefined ? {} : { model };

/** A reply that was read to its end. */
export interface Reply extends Collected {
  readonly events: readonly ModelEvent[];
  readonly text: string;
}

/** Asks, reads the reply to its end, and closes the provider. */
export async function ask(provider: Provider, request: ModelRequest, signal?: AbortSignal): Promise<Reply> {
  const events: ModelEvent[] = [];
  const collection = collector();
  try {
    for await (const batch of provider.send(request, callContext(signal))) {
      events.push(...batch);
      collection.add(batch);
    }
  } finally {
    await provider.close();
  }
  const collected = collection.collected();
  return { ...collected, events, text: collected.choices[0]?.text ?? "" };
}

/** The error with which something fails; failing to fail is what the case is about. */
export async function failureOf(action: Promise<unknown>, expect: Runner["expect"]): Promise<InhouseError> {
  const outcome: unknown = await action.then(
    () => "it succeeded",
    (error: unknown) => error,
  );
  if (isInhouseError(outcome)) return outcome;
  expect(outcome, String(outcome)).toBe("an InhouseError");
  throw new Error("unreachable");
}

/**
 * Runs `check` where the provider can do it; where it cannot, it must say `unsupported`; where nobody knows, either.
 * Resolves with what was seen: what `check` says, or the refusal.
 */
export async function whereSupported(
  subject: ContractSubject,
  about: CapabilityName,
  expect: Runner["expect"],
  request: ModelRequest,
  check: (reply: Reply) => string | void,
): Promise<string | void> {
  const provider = subject.provider();
  const support = subject.supports?.[about] ?? provider.capabilities[about].supported;
  if (support === "yes") return check(await ask(provider, request));
  try {
    const reply = await ask(provider, request);
    expect(support, "it answered what it says it cannot do").toBe("unknown");
    return check(reply);
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    expect(error.code, codeOf(error)).toBe("unsupported");
    return codeOf(error);
  }
}

/** The same for what the client looks up before it sends anything: what the model's description rules out, it refuses. */
export async function whereDescribed(
  subject: ContractSubject,
  about: CapabilityName,
  expect: Runner["expect"],
  request: ModelRequest,
  check: (reply: Reply) => string | void,
): Promise<string | void> {
  const provider = subject.provider();
  const { capabilities } = await provider.describe(subject.model);
  await provider.close();
  if (capabilities[about].supported === "no") return "`unsupported`";
  return whereSupported(subject, about, expect, request, check);
}

/** An error, as what was seen. */
export const codeOf = ({ code }: InhouseError): string => `\`${code}\``;
