import type { EngineServer } from "../engine-server.ts";

/** One start of a server: what is run, and how its log and its end are understood. */
export interface ServerCommand extends Pick<
  EngineServer,
  "readyPath" | "progress" | "decides" | "words" | "advice" | "gracesMs" | "lingerSeconds"
> {
  /** What messages call it. */
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  /** All variables that it gets. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A folder that goes when the server has ended. */
  readonly removes?: string;
  /** The address, from the line of the log that says that the server listens; without a slash at its end. */
  address(line: string): string | undefined;
  /** The version, from a line of the log. */
  version?(line: string): string | undefined;
}
