import type { FakeRequest } from "./fake-request.ts";

/** How a reply ended: it was sent to its end, the client closed the connection before, or the server did. */
export type FakeEnd = "completed" | "client-left" | "crashed";

/** One request and what became of it, in milliseconds since the server was started. */
export interface FakeExchange {
  readonly request: FakeRequest;
  readonly requestedAtMs: number;
  /** When the headers were sent; not there where none were. */
  readonly repliedAtMs?: number;
  /** How many tokens were sent. */
  readonly tokens: number;
  /** Not there while the reply is being given. */
  readonly endedAtMs?: number;
  readonly end?: FakeEnd;
  /** The name of the fault that befell it. */
  readonly fault?: string;
}

/** An exchange while it goes on. */
export interface OpenExchange {
  readonly request: FakeRequest;
  fault(name: string): void;
  replied(): void;
  token(): void;
  /** The server itself cuts the reply. */
  crashed(): void;
  ended(complete: boolean): void;
}

/** Writes down what is asked and what becomes of it. */
export function fakeHistory() {
  const startedAt = performance.now();
  const exchanges: FakeExchange[] = [];
  const now = (): number => performance.now() - startedAt;

  function open(request: FakeRequest): OpenExchange {
    const exchange: { -readonly [Field in keyof FakeExchange]: FakeExchange[Field] } = {
      request,
      requestedAtMs: now(),
      tokens: 0,
    };
    let cut = false;
    exchanges.push(exchange);
    return {
      request,
      fault: (name) => void (exchange.fault = name),
      replied: () => void (exchange.repliedAtMs ??= now()),
      token: () => void (exchange.tokens += 1),
      crashed: () => void (cut = true),
      ended(complete) {
        if (exchange.end) return;
        exchange.endedAtMs = now();
        exchange.end = cut ? "crashed" : complete ? "completed" : "client-left";
      },
    };
  }

  return { exchanges, open };
}
