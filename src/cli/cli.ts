#!/usr/bin/env node
import { run } from "./run.ts";

const { stdin, stdout, stderr } = process;

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  isTerminal: stdin.isTTY && stdout.isTTY,
  out: (text) => void stdout.write(text),
  problem: (text) => void stderr.write(text),
  onInterrupt(listener) {
    process.on("SIGINT", listener);
    return { [Symbol.dispose]: () => void process.removeListener("SIGINT", listener) };
  },
});
