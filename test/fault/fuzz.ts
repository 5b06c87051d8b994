import { isDeepStrictEqual } from "node:util";

import { callsScanner } from "../../src/client/tools/calls-scanner.ts";
import { readArguments } from "../../src/client/tools/tool-arguments.ts";
import { isInhouseError } from "../../src/core/error.ts";
import type { ModelEvent } from "../../src/core/event.ts";
import { fencedJson } from "../../src/core/fenced-json.ts";
import { partialJson } from "../../src/core/partial-json.ts";
import { reasoningSplitter } from "../../src/core/reasoning-tags.ts";
import { textCallReader } from "../../src/core/text-calls.ts";
import type { Framing } from "../../src/http/framing.ts";
import { ndjson } from "../../src/http/ndjson.ts";
import { replyReader } from "../../src/http/read-reply.ts";
import { sse } from "../../src/http/sse.ts";
import type { Decoder, WireRequest } from "../../src/http/wire-request.ts";
import { ollamaDecoder } from "../../src/providers/ollama/ollama-decode.ts";
import { chatDecoder } from "../../src/providers/openai-compatible/openai-chat-decode.ts";
import { openaiDialect } from "../../src/providers/openai-compatible/openai-dialect.ts";
import { random, type Random } from "../support/random.ts";
import { cutBytes, cutText, pieces, textOf } from "./fuzz-inputs.ts";

/** What came of an input: what the reader made of it, and the code of the error that stopped it. */
interface Read {
  readonly value: unknown;
  readonly code?: string;
}

interface Target {
  /** Of what the inputs are made. */
  readonly of: readonly string[];
  /** Reads the same text whole, or in the pieces that `cut` makes of it. */
  read(text: string, cut?: Random): Read;
}

/** An input under which a law did not hold. */
export interface Broken {
  readonly target: string;
  readonly input: string;
  readonly law: string;
}

/** What a run tried and found. */
export interface FuzzReport {
  readonly seed: number;
  readonly inputs: Readonly<Record<string, number>>;
  readonly broken: readonly Broken[];
  readonly slowestMs: number;
}

/** Longest time for one input, in milliseconds of the processor. */
const longestMs = 1_000;

/** Reads on until an error of ours; any other error is thrown. */
function stopped(value: unknown, run: () => void): Read {
  try {
    run();
    return { value };
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    return { value, code: error.code };
  }
}

function framing(make: () => Framing): Target["read"] {
  return (text, cut) => {
    const bytes = bytesOf(text);
    const frames: unknown[] = [];
    const cutter = make();
    return stopped(frames, () => {
      for (const piece of cut ? cutBytes(bytes, cut) : [bytes]) frames.push(...cutter.feed(piece));
      frames.push(...cutter.end());
    });
  };
}

function reply(make: () => Framing, decoder: () => Decoder): Target["read"] {
  return (text, cut) => {
    const bytes = bytesOf(text);
    const reader = replyReader({ decoder: decoder(), includeRaw: false } as WireRequest, make(), []);
    const said = { text: "", thought: "", rest: [] as unknown[] };
    const note = (event: ModelEvent): unknown => {
      if (event.type === "text-delta") return (said.text += event.text);
      return event.type === "reasoning-delta" ? (said.thought += event.text) : said.rest.push(event);
    };
    for (const piece of [...(cut ? cutBytes(bytes, cut) : [bytes]), undefined]) {
      const { batch, over, report, failure } = piece ? reader.feed(piece) : reader.end();
      batch.forEach(note);
      if (report) return { value: said, code: "reported" };
      if (failure) return { value: said, code: failure.code };
      if (over) break;
    }
    return { value: said };
  };
}

function texts<Piece>(
  make: () => { push(text: string): Iterable<Piece>; end?(): Iterable<Piece> },
  join: (all: Piece[]) => unknown,
): Target["read"] {
  return (text, cut) => {
    const reader = make();
    const all: Piece[] = [];
    for (const piece of cut ? cutText(text, cut) : [text]) all.push(...reader.push(piece));
    all.push(...(reader.end?.() ?? []));
    return { value: join(all) };
  };
}

interface Part {
  readonly type?: string | undefined;
  readonly text?: string | undefined;
}

/** Neighbours of one kind as one: where a text is cut is nobody's matter. */
function joined(all: readonly object[]): unknown {
  const parts: Part[] = [];
  for (const part of all as readonly Part[]) {
    const last = parts.at(-1);
    const same = last?.text !== undefined && part.text !== undefined && last.type === part.type;
    if (same) parts[parts.length - 1] = { ...last, text: `${last.text}${part.text}` };
    else parts.push(part);
  }
  return parts;
}

/** As UTF-8, or every fourth time as bytes that are mostly none. */
const bytesOf = (text: string): Buffer => Buffer.from(text, text.length % 4 === 0 ? "latin1" : "utf8");

const targets: Readonly<Record<string, Target>> = {
  sse: { of: pieces.sse, read: framing(sse) },
  ndjson: { of: pieces.ndjson, read: framing(ndjson) },
  "sse answer": {
    of: pieces.chat,
    read: reply(sse, () =>
      chatDecoder({ dialect: { ...openaiDialect, reasoningTags: true }, choices: 1, prefill: "", opened: false }),
    ),
  },
  "ndjson answer": { of: pieces.lines, read: reply(ndjson, () => ollamaDecoder({ route: "chat" })) },
  "partial json": {
    of: pieces.json,
    read(text, cut) {
      const reader = partialJson();
      const { code } = stopped(undefined, () => {
        for (const piece of cut ? cutText(text, cut) : [text]) reader.push(piece);
        reader.end();
      });
      return code === undefined ? { value: reader.value } : { value: undefined, code };
    },
  },
  "json in a fence": {
    of: pieces.json,
    read(text, cut) {
      const find = fencedJson();
      return { value: (cut ? cutText(text, cut) : [text]).map(find).join("") };
    },
  },
  "tool calls in text": { of: pieces.calls, read: texts(() => textCallReader(["f", "get_weather"]), joined) },
  "forced calls": {
    of: pieces.calls,
    read(text, cut) {
      const scanner = callsScanner();
      const all = (cut ? cutText(text, cut) : [text]).flatMap((piece) => scanner.push(piece));
      return {
        value: [all.map(({ text: piece }) => piece).join(""), all.filter(({ over }) => over).length, scanner.whole()],
      };
    },
  },
  thinking: {
    of: ["<think>", "</think>", "[THINK]", "[/THINK]", " ", "\n", "a", "<", "é🙂"],
    read: texts(reasoningSplitter, joined),
  },
  "tool arguments": { of: pieces.json, read: (text) => ({ value: readArguments(text).issues?.length ?? "read" }) },
};

/** A busy machine takes its time, which is not the reader's. */
function processorMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1_000;
}

/**
 * Tries random inputs on every reader in turn. Laws: how an input is cut never changes what is read; no error but ours; no
 * input takes a second. The same seed tries the same inputs.
 */
export function fuzz(seed: number, goOn: (inputs: number) => boolean): FuzzReport {
  const choices = random(seed);
  const inputs: Record<string, number> = Object.fromEntries(Object.keys(targets).map((name) => [name, 0]));
  const broken: Broken[] = [];
  let slowestMs = 0;
  let tried = 0;
  while (broken.length < 10 && goOn(tried)) {
    for (const [target, { of, read }] of Object.entries(targets)) {
      const input = textOf(of, choices);
      const startedAt = performance.now();
      try {
        const whole = read(input);
        const cut = read(input, choices);
        if (!isDeepStrictEqual(cut, whole)) {
          broken.push({ target, input, law: `cutting changed ${JSON.stringify(whole)} to ${JSON.stringify(cut)}` });
        }
      } catch (error) {
        broken.push({ target, input, law: `a foreign error: ${String(error)}` });
      }
      const ms = performance.now() - startedAt;
      slowestMs = Math.max(slowestMs, ms);
      if (ms > longestMs && processorMs(() => read(input)) > longestMs)
        broken.push({ target, input, law: `it took ${ms} ms` });
      inputs[target] = (inputs[target] ?? 0) + 1;
      tried += 1;
    }
  }
  return { seed, inputs, broken, slowestMs };
}
