import { isContent, type Batch, type FinishEvent, type ModelEvent } from "../core/event.ts";
import type { Middleware } from "../core/handler.ts";
import type { Provider } from "../core/provider.ts";

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

        function onStep(step: IteratorResult<Batch>): IteratorResult<Batch> | Promise<IteratorResult<Batch>> {
          if (step.done) return step;
          delivered = step.value.some((event) => event.type !== "finish" && isContent(event));
          const finish = delivered ? undefined : step.value.find(isFinish);
          return finish ? unlessLost(step, finish) : step;
        }

        async function unlessLost(step: IteratorResult<Batch>, finish: FinishEvent): Promise<IteratorResult<Batch>> {
          const { lostReply } = await import("./patience/lost-reply.ts");
          const lost = lostReply(request, provider, finish);
          if (!lost) return step;
          await source.return?.();
          throw lost;
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
