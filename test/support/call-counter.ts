import { EventEmitter } from "node:events";

import { src } from "./source-imports.ts";

/** How often the sources called each function of the platform, by file: `client/patience/silence.ts setTimeout`. */
export type CallCounts = Readonly<Record<string, number>>;

type Method = (...args: unknown[]) => unknown;

/** What is dear when it is done for every call, read or token. */
const watched: readonly (readonly [owner: object, ...names: readonly string[]])[] = [
  [globalThis, "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "structuredClone", "fetch"],
  [globalThis, "AbortController", "TextDecoder", "TextEncoder", "ReadableStream", "TransformStream"],
  [AbortSignal, "any", "timeout"],
  [EventTarget.prototype, "addEventListener"],
  [EventEmitter.prototype, "on", "once", "addListener"],
  [Buffer, "concat", "from"],
  [Buffer.prototype, "toString"],
  [TextDecoder.prototype, "decode"],
  [JSON, "parse", "stringify"],
];

/** Counts what `run` makes the sources call themselves; what undici or Node call on their behalf is left out. */
export async function countCalls(run: () => Promise<unknown>): Promise<CallCounts> {
  const counts: Record<string, number> = {};
  const restore = watched.flatMap(([owner, ...names]) =>
    names.map((name) => {
      const original = Reflect.get(owner, name) as Method;
      const count = (): void => {
        const place = callerOf();
        if (place !== undefined) counts[`${place} ${name}`] = (counts[`${place} ${name}`] ?? 0) + 1;
      };
      Reflect.set(
        owner,
        name,
        new Proxy(original, {
          apply(target, self, args) {
            count();
            return Reflect.apply(target, self, args);
          },
          construct(target, args, made) {
            count();
            return Reflect.construct(target, args, made) as object;
          },
        }),
      );
      return () => Reflect.set(owner, name, original);
    }),
  );
  try {
    await run();
  } finally {
    for (const undo of restore) undo();
  }
  return counts;
}

/** The file of src that called the counted function; `undefined` where another did. */
function callerOf(): string | undefined {
  // Above the caller: the error's own line, this function, `count` and the proxy's handler.
  const line = new Error("asks for the stack").stack?.split("\n")[4] ?? "";
  const [, file] = /\(?(?:file:\/\/)?([^()\s]+\.ts)/.exec(line) ?? [];
  return file?.startsWith(src) ? file.slice(src.length) : undefined;
}
