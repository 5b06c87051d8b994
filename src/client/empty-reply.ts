import { InhouseError } from "../core/error.ts";
import { isContent, type Batch, type FinishEvent, type ModelEvent } from "../core/event.ts";
import type { Middleware } from "../core/handler.ts";
import type { Provider } from "../core/provider.ts";
import type { ModelRequest } from "../core/request.ts";

/**
 * Refuses an answer without any content for which tokens were generated: the server lost them, and an empty text would
 * hide that. Throws `empty-reply`, which is tried again. Written by hand, so that nothing is left of it after the first
 * piece of content.
 */
export function refuseEmpty(provider: Provider): Middleware {
  return (request, context, next) => {
    if (request.kind !== "chat" && request.kind !== "completion") return next(request, context);
    return {
      [Symbol.asyncIterator]() {
        const source = next(request, context)[Symbol.asyncIterator]();
        let delivered = false;

        function onStep(step: IteratorResult<Batch>): IteratorResult<Batch> | Promise<never> {
          if (step.done) return step;
          delivered = step.value.some((event) => event.type !== "finish" && isContent(event));
          const finish = delivered ? undefined : step.value.find(isFinish);
          return finish && isLost(request, finish) ? fail(lost(provider, finish)) : step;
        }

        async function fail(error: InhouseError): Promise<never> {
          await source.return?.();
          throw error;
        }

        return {
          next: () => (delivered ? source.next() : source.next().then(onStep)),
          async return() {
            await source.return?.();
            return { done: true, value: undefined };
          },
        };
      },
    };
  };
}

const isFinish = (event: ModelEvent): event is FinishEvent => event.type === "finish";

/**
 * One token for each answer may be the one that ends the text, which some servers count: an empty answer, and an honest
 * one. So is an answer that a stop text of the caller's ended where it began.
 */
function isLost(request: ModelRequest, { usage, finishReasons }: FinishEvent): boolean {
  if (!usage || usage.outputTokens <= Math.max(1, finishReasons.length)) return false;
  const stops = "sampling" in request ? (request.sampling.stop ?? []) : [];
  return stops.length === 0 || finishReasons.some((reason) => reason !== "stop");
}

function lost({ name }: Provider, { usage, finishReasons, model }: FinishEvent): InhouseError {
  const cut = finishReasons.includes("length"); // and another try would be
  const message = `The model wrote ${usage?.outputTokens} tokens, and ${name} delivered none of them.`;
  return new InhouseError("empty-reply", message, {
    provider: name,
    ...(model === undefined ? {} : { model }),
    retryable: !cut,
    ...(cut ? { hint: "Raise maxTokens: the limit may have cut a tool call, or thinking that is not shown." } : {}),
  });
}
