import type { ServerResponse } from "node:http";

/** How fast a fake server is, and how much it does at a time. */
export interface FakePace {
  /** How long it reads a prompt before the first token, in milliseconds. Default 0. */
  readonly prefillMs?: number;
  /** Pause before each token, in milliseconds. Default 0. */
  readonly pauseMs?: number;
  /** How many calls it serves at a time; the others wait in the order in which they came. Default: all. */
  readonly slots?: number;
}

/** The slots of a fake server. */
export interface FakeSlots {
  busy(): number;
  waiting(): number;
  /** Resolves when the reply has a slot, which it gives back when it closes; or when its client has gone. */
  take(response: ServerResponse): Promise<void>;
}

/** Slots that are free. */
export function fakeSlots(count = Number.POSITIVE_INFINITY): FakeSlots {
  const waiting = new Set<() => void>();
  let busy = 0;

  function release(): void {
    busy -= 1;
    const [next] = waiting;
    next?.();
  }

  return {
    busy: () => busy,
    waiting: () => waiting.size,
    async take(response) {
      if (response.destroyed) return;
      if (busy >= count && !(await turn(response))) return;
      busy += 1;
      response.once("close", release);
    },
  };

  /** Waits for a slot; false where the client went first. */
  function turn(response: ServerResponse): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (hasTurn: boolean): void => {
        waiting.delete(granted);
        response.off("close", gone);
        resolve(hasTurn);
      };
      const granted = (): void => settle(true);
      const gone = (): void => settle(false);
      waiting.add(granted);
      response.once("close", gone);
    });
  }
}

/** Waits, but not for a client that has gone. */
export function pauseFor(ms: number, response: ServerResponse): Promise<void> {
  if (ms <= 0 || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      response.off("close", settle);
      resolve();
    };
    const timer = setTimeout(settle, ms);
    response.once("close", settle);
  });
}
