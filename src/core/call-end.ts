/** What ends a request: an AbortSignal, or whatever is like one as far as that goes. */
export interface EndSignal {
  readonly aborted: boolean;
  /** Why; meaningless before the end. */
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { readonly once: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Ends a call: an AbortController without the price of one, which is 15 µs on Node 20. */
export interface CallEnd extends EndSignal {
  abort(reason?: unknown): void;
}

/** An end that has not come. Its listeners are called once, in their order. */
export function callEnd(): CallEnd {
  let listeners: (() => void)[] = [];
  const end = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener(_: "abort", listener: () => void): void {
      listeners.push(listener);
    },
    removeEventListener(_: "abort", listener: () => void): void {
      const place = listeners.indexOf(listener);
      if (place >= 0) listeners.splice(place, 1);
    },
    abort(reason?: unknown): void {
      if (end.aborted) return;
      end.aborted = true;
      end.reason = reason;
      const called = listeners;
      listeners = [];
      for (const listener of called) listener();
    },
  };
  return end;
}
