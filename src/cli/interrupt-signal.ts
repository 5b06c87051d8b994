import type { CommandContext } from "./command.ts";

/** A signal that Ctrl-C aborts, until it is disposed of. */
export function interruptSignal({ onInterrupt }: CommandContext): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const listening = onInterrupt(() => controller.abort(new Error("Ctrl-C")));
  return { signal: controller.signal, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}
