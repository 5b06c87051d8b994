import { attemptFailure } from "../../core/attempt.ts";
import { callEnd, type EndSignal } from "../../core/call-end.ts";
import { abortError, InhouseError } from "../../core/error.ts";
import type { Health, HealthStatus } from "../../core/health.ts";
import { pause } from "../../core/pause.ts";
import type { Provider } from "../../core/provider.ts";
import { withAttempt } from "../with-attempt.ts";

/** Asks a server how it is, over and over, as long as somebody waits for it: one question at a time for all who do. */
export interface Readiness {
  /** Begins to wait, in milliseconds at the most; whoever waits must `leave()`. */
  wait(limits: { readonly signal?: EndSignal; readonly limitMs?: number | undefined }): HealthAnswers;
}

/** What the server answers to one of those who wait. */
export interface HealthAnswers {
  /**
   * The next answer, of several the last; undefined for one who left. Rejects with `not-ready` when the limit has passed,
   * whose `attempts` are the states that the server was in, with the error of a signal that ended the waiting, and with what `health()` itself throws.
   */
  next(): Promise<Health | undefined>;
  leave(): void;
}

/** A state that the server was in, from one answer to another. */
interface SeenState {
  /** The last answer that said so. */
  health: Health;
  readonly since: number;
}

interface Waiter {
  told(health: Health): void;
  failed(error: unknown): void;
}

/** Pauses between two questions, in milliseconds: they grow from the first to the second. */
const shortestPauseMs = 50;
const longestPauseMs = 2_000;
/** The longest time that a timer of Node can run; what is longer is no limit. */
const longestTimer = 2_147_483_647;

/** Whether calls are answered, if only after others. */
export const serves = ({ status }: Health): boolean => status === "ready" || status === "busy";

/** The questions about one server that the calls of a client share. Nothing is asked before somebody waits. */
export function readinessOf(provider: Provider): Readiness {
  const waiters = new Set<Waiter>();
  let asking: AbortController | undefined;

  async function askOn(controller: AbortController): Promise<void> {
    const { signal } = controller;
    try {
      for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
        const health = await withAttempt(() => provider.health(signal));
        if (signal.aborted) return;
        for (const waiter of waiters) waiter.told(health);
        await pause(pauseMs, signal);
      }
    } catch (error) {
      if (signal.aborted) return; // nobody waits any more
      asking = undefined;
      for (const waiter of waiters) waiter.failed(error);
    }
  }

  function enter(waiter: Waiter): void {
    waiters.add(waiter);
    if (asking) return;
    asking = new AbortController();
    void askOn(asking);
  }

  function leave(waiter: Waiter): void {
    if (!waiters.delete(waiter) || waiters.size > 0) return;
    asking?.abort();
    asking = undefined;
  }

  return {
    wait({ signal = callEnd(), limitMs = Number.POSITIVE_INFINITY }) {
      const states: SeenState[] = [];
      let unread: Health | undefined;
      let failure: { readonly error: unknown } | undefined;
      let left = false;
      let reader: { resolve(health: Health | undefined): void; reject(error: unknown): void } | undefined;
      let timer: NodeJS.Timeout | undefined;

      const waiter: Waiter = {
        told(health) {
          noteState(states, health);
          const waiting = reader;
          reader = undefined;
          if (waiting) waiting.resolve(health);
          else unread = health;
        },
        failed(error) {
          failure = { error };
          end();
          reader?.reject(error);
          reader = undefined;
        },
      };
      const onAbort = (): void => waiter.failed(abortError(signal));

      function end(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        leave(waiter);
      }

      if (signal.aborted) onAbort();
      else {
        signal.addEventListener("abort", onAbort, { once: true });
        if (limitMs <= longestTimer) {
          timer = setTimeout(() => waiter.failed(notReady(provider, limitMs, states)), limitMs);
        }
        enter(waiter);
      }

      return {
        next() {
          if (failure) return Promise.reject(failure.error);
          if (left) return Promise.resolve(undefined);
          const health = unread;
          unread = undefined;
          if (health) return Promise.resolve(health);
          return new Promise((resolve, reject) => (reader = { resolve, reject }));
        },
        leave() {
          if (left) return;
          left = true;
          end();
          reader?.resolve(undefined);
          reader = undefined;
        },
      };
    },
  };
}

/** What to look at, by how the server was last. */
const lookAt: Readonly<Record<HealthStatus, string>> = {
  down: "Is the server running, and does baseURL name its host and port?",
  starting: "Something listens there and does not serve yet: look at the server's log, and at the proxy before it.",
  loading: "The server's log shows how far it has come. A large model takes minutes: raise the limit.",
  wedged: "Look at the server's log: it does not answer, or only with failures, and may have to be started anew.",
  ready: "It says that it is ready and refuses calls: look at its log.",
  busy: "It says that it is busy and refuses calls: look at its log.",
};

function noteState(states: SeenState[], health: Health): void {
  const last = states.at(-1);
  if (last?.health.status === health.status) last.health = health;
  else states.push({ health, since: performance.now() });
}

/** The error of a server that was not ready in time: how it was, and what to look at. */
function notReady({ name }: Provider, limitMs: number, states: readonly SeenState[]): InhouseError {
  const last = states.at(-1)?.health;
  const state = last ? wordsOf(last) : "its health check has not answered yet.";
  const now = performance.now();
  return new InhouseError("not-ready", `The server was not ready within ${limitMs} ms: ${state}`, {
    provider: name,
    hint: lookAt[last?.status ?? "wedged"],
    attempts: states.map(({ health, since }, index) => {
      const seen = { code: "not-ready", message: `The server was ${wordsOf(health)}` } as const;
      return attemptFailure(seen, (states[index + 1]?.since ?? now) - since, index + 1);
    }),
  });
}

const wordsOf = (health: Health): string =>
  `${health.status}${percent(health)}.${health.detail === undefined ? "" : ` ${health.detail}`}`;

const percent = ({ progress }: Health): string => (progress === undefined ? "" : ` (${Math.round(progress * 100)} %)`);
