import { createInterface } from "node:readline";

import type { OnProgress } from "../work-progress.ts";
import type { KeptLog } from "./kept-log.ts";
import type { LeashedProcess } from "./leashed-process.ts";
import type { ServerCommand } from "./server-command.ts";

/** What the log of a start says. */
export interface ServerLog {
  /** Resolves with the server's address when a line states it. */
  readonly address: Promise<string>;
  /** As a line states it. */
  version(): string | undefined;
  /** The line that says why the server gave up: its first error, as later ones follow from it; else its last words. */
  decidingLine(): string;
}

/** Servers that mark no level, as llama.cpp's builds of 2025 do. */
const suspect = /\b(?:error|failed)\b/i;

/** Reads a server's output for as long as it lives, else the server would block. */
export function serverLog(
  child: LeashedProcess,
  command: Pick<ServerCommand, "address" | "version" | "progress" | "decides" | "words">,
  kept: KeptLog,
  tell: OnProgress,
): ServerLog {
  let found: (address: string) => void;
  const address = new Promise<string>((resolve) => (found = resolve));
  let version: string | undefined;
  let firstError: string | undefined;
  let firstSuspect: string | undefined;
  let lastWords: string | undefined;
  const read = (line: string): void => {
    kept.add(line);
    const stated = command.address(line);
    if (stated !== undefined) found(stated);
    version ??= command.version?.(line);
    if (command.decides(line)) firstError ??= line;
    if (suspect.test(line)) firstSuspect ??= line;
    if (line.trim() !== "") lastWords = line;
    const progress = command.progress?.(line);
    if (progress) tell(progress);
  };
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input, crlfDelay: Infinity }).on("line", read);
  }
  return {
    address,
    version: () => version,
    decidingLine: () => command.words(firstError ?? firstSuspect ?? lastWords ?? "no output").trim(),
  };
}
