import { spawn } from "node:child_process";

import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

import { InhouseError } from "../../core/error.ts";
import type { McpCommand } from "./mcp-options.ts";

/** How long a program may take to end after each way of asking, in milliseconds. */
const graceMs = 2_000;

/**
 * A program's input and output as a connection of the SDK. The SDK has one of its own, which hands on `HOME`, `PATH` and others
 * of the environment whatever it is told; here the program has what was given and nothing else. A message that is too large
 * ends the connection.
 */
export function stdioConnection(
  { command, args = [], env = {}, cwd, onStderr }: McpCommand,
  maxBytes: number,
): Transport {
  let child: ReturnType<typeof start> | undefined;
  let ended: Promise<void> = Promise.resolve();
  let told: Promise<void> = Promise.resolve();
  let closing = false;

  function start() {
    return spawn(command, args, {
      env,
      stdio: ["pipe", "pipe", "pipe"],
      shell: false,
      windowsHide: true,
      ...(cwd === undefined ? {} : { cwd }),
    });
  }

  /** A line that is no message is passed over: many servers print a greeting before they listen to what is said. */
  function tell(line: string): void {
    let message: JSONRPCMessage;
    try {
      message = JSON.parse(line) as JSONRPCMessage;
    } catch {
      connection.onerror?.(new Error("The MCP server wrote a line that is no message."));
      return;
    }
    // One at a time: the SDK forgets of a progress that nobody has heard yet when it gets the result in the same turn.
    told = told.then(() => connection.onmessage?.(message)).catch((error: Error) => connection.onerror?.(error));
  }

  const connection: Transport = {
    start: () =>
      new Promise((resolve, reject) => {
        const program = start();
        child = program;
        ended = new Promise((over) => program.once("close", () => over()));
        program.once("spawn", () => resolve());
        program.once("error", (cause) => {
          const hint = "Name the program by its full path, or give `env` a PATH.";
          reject(new InhouseError("connect", "The MCP server's program cannot be started.", { cause, hint }));
        });
        program.once("close", (code, signal) => {
          if (!closing) connection.onerror?.(endedItself(code ?? signal));
          connection.onclose?.();
        });
        program.stdin.on("error", (error) => connection.onerror?.(error)); // it has gone
        program.stderr.setEncoding("utf8").on("data", (text: string) => onStderr?.(text));
        const lines = lineReader(maxBytes, tell);
        program.stdout.on("data", (bytes: Buffer) => {
          try {
            lines(bytes);
          } catch (error) {
            connection.onerror?.(error instanceof Error ? error : new Error(String(error)));
            program.kill("SIGKILL"); // what follows cannot be made sense of
          }
        });
      }),
    send: (message) =>
      new Promise((resolve, reject) => {
        if (!child?.stdin.writable) return reject(endedItself(child?.exitCode ?? child?.signalCode));
        child.stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
      }),
    async close() {
      closing = true;
      const program = child;
      if (!program) return;
      program.stdin.end();
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        const timer = new Promise<"late">((resolve) => setTimeout(resolve, graceMs, "late").unref());
        if ((await Promise.race([ended, timer])) !== "late") return;
        program.kill(signal);
      }
      await ended;
    },
  };
  return connection;
}

const endedItself = (how: number | string | null | undefined): InhouseError =>
  new InhouseError("reset", `The MCP server's program has ended${how ? ` (${how})` : ""}.`, {
    hint: "Its onStderr may say why; start it anew with mcpTools().",
    retryable: false,
  });

/** Cuts bytes into lines; throws `limit` at one that is too long. */
function lineReader(maxBytes: number, onLine: (line: string) => void): (bytes: Buffer) => void {
  let held: Buffer[] = [];
  let size = 0;
  return (bytes) => {
    let rest = bytes;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...held, rest.subarray(0, end)]);
      held = [];
      size = 0;
      rest = rest.subarray(end + 1);
      if (line.length > maxBytes) throw tooLong(maxBytes);
      const text = line.toString("utf8").trim();
      if (text !== "") onLine(text);
    }
    if (rest.length === 0) return;
    held.push(rest);
    size += rest.length;
    if (size > maxBytes) throw tooLong(maxBytes);
  };
}

const tooLong = (maxBytes: number): InhouseError =>
  new InhouseError("limit", `The MCP server sent a message of more than ${maxBytes} bytes.`, {
    hint: "Raise limits.messageBytes if that is right.",
  });
