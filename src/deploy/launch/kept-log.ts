import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";

import { InhouseError } from "../../core/error.ts";

/** What a server wrote, with a bounded memory. */
export interface KeptLog {
  add(line: string): void;
  /** The last lines. */
  tail(): string;
  /** Writes the rest of the file. */
  close(): Promise<void>;
}

const mostLines = 400;
const mostCharacters = 2_000;

/**
 * Keeps the last 400 lines, each up to 2,000 characters, and writes all of them whole to a file where one is named; what is
 * there is kept, and only its owner may read it. A secret is crossed out. Rejects with `invalid-request` where the file
 * cannot be opened.
 */
export async function keptLog(logFile?: string, secret?: string): Promise<KeptLog> {
  const lines: string[] = [];
  const file = logFile === undefined ? undefined : await opened(logFile);
  const keep = (line: string): void => {
    if (lines.push(line.slice(0, mostCharacters)) > mostLines) lines.shift();
  };
  file?.on("error", (cause) => keep(`The log file can no longer be written: ${cause.message}`));
  return {
    add(line) {
      const shown = secret === undefined ? line : line.replaceAll(secret, "…");
      keep(shown);
      if (file?.writable) file.write(`${shown}\n`);
    },
    tail: () => lines.join("\n"),
    async close() {
      if (!file || file.closed) return;
      const closed = once(file, "close");
      file.end();
      await closed.catch(() => undefined); // the listener above has kept what went wrong
    },
  };
}

async function opened(path: string): Promise<WriteStream> {
  const file = createWriteStream(path, { flags: "a", mode: 0o600 });
  try {
    await once(file, "open");
    return file;
  } catch (cause) {
    throw new InhouseError("invalid-request", `launch: logFile: ${(cause as Error).message}.`, { cause });
  }
}
