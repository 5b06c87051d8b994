import type { EndSignal } from "./call-end.ts";
import type { EgressPolicy } from "./egress.ts";

/** The limits that a transport keeps, in milliseconds; an absent one is no limit. */
export interface TransportTimeouts {
  /** Until the connection stands, name look-up and TLS included. */
  readonly connectMs?: number;
  /** From the connection until all reply headers are there. */
  readonly headersMs?: number;
  /** Between two reads of the body. It stands still while the consumer is not reading. */
  readonly idleMs?: number;
}

/** An HTTP request, ready to be sent. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "DELETE";
  /** Scheme, host and port: `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * What is iterated is sent as it comes, and iterated anew where the request has to be sent again. A piece is good until the
   * next one is asked for: a transport that keeps it longer copies it.
   */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly signal?: EndSignal | undefined;
  readonly timeouts?: TransportTimeouts | undefined;
}

/** An HTTP reply whose body is still to come. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, read once; leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** All that matters was read: lets the body end by itself, so that the connection serves again, else closes it. */
  release(): void;
  /** Closes the connection now, so that the server stops. */
  destroy(): void;
}

/** Sends HTTP. The only place that opens a connection, hence the only place where egress can be enforced. */
export interface Transport {
  /** What it may connect to. Absent: to whatever it is told. */
  readonly policy?: EgressPolicy;
  /** Throws `policy` where it may not connect to an origin, as far as that can be told without looking anything up. */
  checkOrigin?(origin: string): void;
  /** Rejects with an `InhouseError` where no reply came. A reply of any status is a reply. */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Closes every connection; running requests fail with `closed`. */
  close(): Promise<void>;
}
