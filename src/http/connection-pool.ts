import { isIP, type Socket } from "node:net";

import type { buildConnector, Client, Dispatcher } from "undici";

import type { HttpRequest } from "../core/transport.ts";

type UndiciRequest = Dispatcher.DispatchOptions;

/** undici's dispatcher, which also takes a body that is iterated, though its types (7.30) do not say so. */
interface BodyDispatcher {
  dispatch(
    options: Omit<UndiciRequest, "body"> & { body?: UndiciRequest["body"] | HttpRequest["body"] },
    handler: Dispatcher.DispatchHandler,
  ): boolean;
}

/** A place to send one request at a time. */
export interface Connection {
  readonly dispatcher: BodyDispatcher;
  /** An earlier request went over the same socket, so the server may have closed it meanwhile. */
  readonly reused: boolean;
  /** Its host's name is still being looked up. */
  readonly resolving: boolean;
  /** Calls `listener` when it opens its socket: at the next request, unless it has one that still stands. */
  whenConnecting(listener: () => void): void;
  /** Gives up a connection that does not stand yet. */
  abandon(error: Error): void;
  /** The reply was read to its end: the connection may serve again. */
  giveBack(): void;
  /** The request failed: nothing more goes over this connection. */
  discard(): void;
}

/** Connections by origin. There is no upper bound here: how many calls run at a time is the client's to limit. */
export interface ConnectionPool {
  /** An idle connection to the origin, else a new one; `fresh` always opens a new one. */
  take(origin: string, fresh?: boolean): Connection;
  /** Fails what is running with `error` and closes every socket. */
  close(error: Error): Promise<void>;
}

interface PoolOptions {
  readonly connector: buildConnector.connector;
  readonly openClient: (origin: string, connect: buildConnector.connector) => Client;
  /** Where all requests go instead, if set. */
  readonly proxy: Dispatcher | undefined;
}

/**
 * A pool with one undici client per connection. undici's own pool hides which connection serves a request; knowing it
 * is what lets an abort close a half-open socket and a stale keep-alive connection be told from a crash.
 */
export function connectionPool(options: PoolOptions): ConnectionPool {
  const idle = new Map<string, OriginConnection[]>();
  const open = new Set<OriginConnection>();

  function openConnection(origin: string): OriginConnection {
    let connecting: Socket | undefined;
    let resolving = false;
    let requests = 0;
    let onConnecting = ignore;
    const client = options.openClient(origin, (target, callback) => {
      requests = 0;
      onConnecting();
      // The connector returns the socket that it is opening; its type does not say so.
      connecting = options.connector(target, (...outcome) => {
        connecting = undefined;
        callback(...outcome);
      }) as unknown as Socket;
      resolving = isIP(target.hostname.replace(/^\[|\]$/g, "")) === 0;
      connecting.once("lookup", () => (resolving = false));
    });
    const connection: OriginConnection = {
      dispatcher: client,
      client,
      whenConnecting: (listener) => void (onConnecting = listener),
      get reused() {
        return requests > 0;
      },
      get resolving() {
        return resolving;
      },
      abandon: (error) => connecting?.destroy(error),
      giveBack() {
        requests += 1;
        onConnecting = ignore; // or the last request would be kept as long as the connection
        const list = idle.get(origin);
        if (list) list.push(connection);
        else idle.set(origin, [connection]);
      },
      discard() {
        open.delete(connection);
        void client.destroy();
      },
    };
    client.on("disconnect", () => {
      const list = idle.get(origin);
      const place = list?.indexOf(connection) ?? -1;
      if (place < 0) return;
      list?.splice(place, 1);
      connection.discard();
    });
    open.add(connection);
    return connection;
  }

  return {
    take(origin, fresh = false) {
      if (options.proxy) return proxied(options.proxy);
      return (fresh ? undefined : idle.get(origin)?.pop()) ?? openConnection(origin);
    },
    async close(error) {
      idle.clear();
      const closing = [...open].map((connection) => connection.client.destroy(error));
      if (options.proxy) closing.push(options.proxy.destroy(error));
      await Promise.all(closing);
    },
  };
}

interface OriginConnection extends Connection {
  readonly client: Client;
}

/** All requests share the proxy's dispatcher, which keeps its own connections, and does not tell when it opens one. */
function proxied(proxy: Dispatcher): Connection {
  return {
    dispatcher: proxy,
    reused: false,
    resolving: false,
    whenConnecting: (listener) => listener(),
    abandon: ignore,
    giveBack: ignore,
    discard: ignore,
  };
}

const ignore = (): void => undefined;
