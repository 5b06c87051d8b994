/** Where a connection goes, or would have gone. */
export interface Destination {
  /** The host in the spelling of URLs, or the path of a Unix socket. */
  readonly host: string;
  /** Absent of a Unix socket. */
  readonly port?: number;
  /** The address that was dialled, or refused; absent where nothing was looked up. */
  readonly address?: string;
  readonly allowed: boolean;
  /** The rule that allows it, or why none does. */
  readonly reason: string;
  /** How many connections were opened, or refused. */
  readonly count: number;
}

/** What leaves, and where to: a transport asks it before it opens a connection. */
export interface EgressPolicy {
  /** Before anything is looked up. Throws `policy`. */
  checkHost(host: string, port: number): void;
  /** Each address that a host was looked up to be, before one of them is dialled. Throws `policy`. */
  checkAddress(host: string, address: string, port: number): void;
  /** Throws `policy`. */
  checkSocket(path: string): void;
  /** A connection stands: it is counted. */
  opened(destination: Pick<Destination, "host" | "port" | "address">): void;
  /** Every destination so far, the refused ones among them, in the order in which they came. */
  report(): readonly Destination[];
}
