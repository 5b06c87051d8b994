/** Listens to each of the callers' signals once, however many calls have it: Node warns of the eleventh listener. */
export interface SignalListeners {
  /** Calls `onAbort` when the signal ends its calls. */
  add(signal: AbortSignal, onAbort: () => void): void;
  remove(signal: AbortSignal, onAbort: () => void): void;
}

interface Shared {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

/** The signals of one client's running calls. */
export function signalListeners(): SignalListeners {
  const all = new Map<AbortSignal, Shared>();

  function share(signal: AbortSignal): Shared {
    const calls = new Set<() => void>();
    const listener = (): void => {
      all.delete(signal);
      for (const onAbort of calls) onAbort();
    };
    signal.addEventListener("abort", listener, { once: true });
    const shared = { calls, listener };
    all.set(signal, shared);
    return shared;
  }

  return {
    add: (signal, onAbort) => void (all.get(signal) ?? share(signal)).calls.add(onAbort),
    remove(signal, onAbort) {
      const shared = all.get(signal);
      if (!shared?.calls.delete(onAbort) || shared.calls.size > 0) return;
      all.delete(signal);
      signal.removeEventListener("abort", shared.listener);
    },
  };
}
