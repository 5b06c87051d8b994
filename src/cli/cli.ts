#!/usr/bin/env node
import { createInterface } from "node:readline/promises";

import { run } from "./run.ts";

const { stdin, stdout, stderr } = process;
/** Ctrl-C, and how a service manager and a terminal that closes end a program. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const isTerminal = stdin.isTTY && stdout.isTTY;

async function* lines(prompt: string): AsyncGenerator<string> {
  const reader = createInterface({ input: stdin, terminal: isTerminal, ...(isTerminal ? { output: stdout } : {}) });
  // A terminal that is read by lines gives Ctrl-C to the reader alone.
  reader.on("SIGINT", () => void process.kill(process.pid, "SIGINT"));
  reader.setPrompt(prompt);
  try {
    if (isTerminal) reader.prompt();
    for await (const line of reader) {
      yield line;
      if (isTerminal) reader.prompt();
    }
  } finally {
    reader.close();
  }
}

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  isTerminal,
  out: (text) => void stdout.write(text),
  problem: (text) => void stderr.write(text),
  lines,
  onInterrupt(listener) {
    for (const name of endings) process.on(name, listener);
    return { [Symbol.dispose]: () => endings.forEach((name) => process.removeListener(name, listener)) };
  },
});
