import { createInterface } from "node:readline";

import type { Child } from "./process.ts";

const LINES_KEPT = 400;
const CHARACTERS_OF_A_LINE = 2000;
/** What stands before the words: llama.cpp's time and level, vLLM's process and, for errors, level, time and place. */
const PREFIX = /^[\d.]+ [A-Z] |^\(\w+ pid=\d+\) (?:ERROR [\d-]+ [\d:]+ \[[^\]]+\] )?/;
/** llama.cpp's error level, its command line's errors, and Python's exceptions. */
const DECIDING = /^[\d.]+ E |^error\b|^(?:\(\w+ pid=\d+\) (?:ERROR .*?\] )?)?[\w.]*(?:Error|Exception): /;
/** Builds of 2025 and before mark no level. */
const SUSPECT = /\b(?:error|failed)\b/i;

/** What a server says, with a bounded memory. Reads for as long as the server lives, else the server would block. */
export class ServerLog {
  /** Resolves with the server's address when a line states it. */
  readonly address: Promise<string>;
  readonly #lines: string[] = [];
  #firstError: string | undefined;

  constructor(child: Child, addressIn: (line: string) => string | undefined) {
    this.address = new Promise((resolve) => {
      for (const input of [child.stdout, child.stderr]) {
        createInterface({ input, crlfDelay: Infinity }).on("line", (line) => {
          this.#add(line.slice(0, CHARACTERS_OF_A_LINE));
          const address = addressIn(line);
          if (address !== undefined) resolve(address);
        });
      }
    });
  }

  #add(line: string): void {
    if (this.#lines.push(line) > LINES_KEPT) this.#lines.shift();
    if (DECIDING.test(line)) this.#firstError ??= line;
  }

  tail(): string {
    return this.#lines.join("\n");
  }

  /** The line that says why the server gave up: its first error, as later ones follow from it; else its last words. */
  decidingLine(): string {
    const line =
      this.#firstError ??
      this.#lines.find((candidate) => SUSPECT.test(candidate)) ??
      this.#lines.findLast((candidate) => candidate.trim() !== "") ??
      "no output";
    return line.replace(PREFIX, "").trim();
  }
}
