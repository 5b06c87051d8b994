import { basename, dirname } from "node:path";

import { InhouseError } from "../../core/error.ts";
import type { RunResult } from "../launch/run-program.ts";
import { runWatched, type LlamaRun } from "./watched-program.ts";

/** What `llama-imatrix` is told, beside the files. */
export interface LlamaImatrixChoice {
  readonly chunkTokens: number;
  readonly chunks?: number | undefined;
  readonly parseSpecial?: boolean | undefined;
  readonly threads?: number | undefined;
}

/** What `llama-imatrix` said of a matrix that it made. */
export interface LlamaImatrixWords {
  /** How much of a tensor's experts the text has reached, in percent, by the tensor's name; nothing of those that it reached whole. */
  readonly partial: ReadonlyMap<string, number>;
  /** It could not write the matrix, and ended with 0 all the same. */
  readonly hasFailedToWrite: boolean;
}

/** The arguments of `llama-imatrix` (llama.cpp b11434), which is run in the text's folder. */
export function llamaImatrixArguments(
  model: string,
  text: string,
  to: string,
  { chunkTokens, chunks, parseSpecial, threads }: LlamaImatrixChoice,
): readonly string[] {
  const numbers = { "-c": chunkTokens, "-b": Math.max(chunkTokens, 512), "--chunks": chunks, "-t": threads };
  return [
    "-m",
    model,
    "-f",
    // The text's name is written into the matrix, and a whole path would tell of this machine.
    `./${basename(text)}`,
    "-o",
    to,
    "--output-format",
    "gguf",
    ...(parseSpecial ? ["--parse-special"] : []),
    ...Object.entries(numbers).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)])),
  ];
}

/**
 * Runs `llama-imatrix` to its end and tells of each chunk. Rejects with `invalid-request` for a text that is too short and a model
 * that it cannot load, `server` where it fails otherwise, and `not-found` or `abort` as `runProgram` does.
 */
export async function runLlamaImatrix(
  model: string,
  text: string,
  to: string,
  choice: LlamaImatrixChoice,
  { program, env, signal, onProgress }: LlamaRun,
): Promise<LlamaImatrixWords> {
  let told = { done: 0, total: 0 };
  const tell = (done: number, total: number): void => {
    told = { done, total };
    onProgress?.({ task: `reading the text, in ${total} chunks`, done, total });
  };
  const args = llamaImatrixArguments(model, text, to, choice);
  const result = await runWatched({ program, env, signal, folder: dirname(text) }, args, chunkReader(tell));
  if (result.code !== 0) throw failureOf(program, result);
  if (told.done < told.total) tell(told.total, told.total);
  return {
    partial: partialData(result.output),
    hasFailedToWrite: /gguf_write_to_file\w*: failed to/.test(result.output),
  };
}

/** Reads `[12]4.5612,` for each chunk that is done, of `computing over 40 chunks`, which comes by another pipe and perhaps later. */
function chunkReader(onChunk: (done: number, total: number) => void): (text: string) => void {
  let seen = "";
  let told = -1;
  return (text) => {
    seen = (seen + text).slice(-65_536);
    const [, total] = /over (\d+) chunks/.exec(seen) ?? [];
    if (total === undefined) return;
    const done = Number([...seen.matchAll(/\[(\d+)\][^,\s]+,/g)].at(-1)?.[1] ?? 0);
    if (done === told) return;
    told = done;
    onChunk(done, Number(total));
  };
}

/** Reads `entry 'blk.0.ffn_up_exps.weight' has partial data (43.75%)`, which it says anew whenever it writes the matrix. */
function partialData(output: string): LlamaImatrixWords["partial"] {
  const found = output.matchAll(/entry '\s*(\S+?)' has partial data \(([\d.]+)%\)/g);
  return new Map([...found].map(([, name = "", percent]) => [name, Number(percent)]));
}

function failureOf(program: string, { code, signal, output }: RunResult): InhouseError {
  const [, needed, has] = /you need at least (\d+) tokens[^]*tokenizes to only (\d+) tokens/.exec(output) ?? [];
  if (needed !== undefined) {
    return new InhouseError("invalid-request", `The text has ${has} tokens, and two chunks are ${needed}.`, {
      hint: "Give more text, some 100 KB and more, or lower chunkTokens.",
    });
  }
  const [, whyNot] = /error loading model: (.+)/.exec(output) ?? [];
  if (whyNot !== undefined) {
    return new InhouseError("invalid-request", `llama-imatrix cannot load the model: ${whyNot.slice(0, 300)}.`, {
      hint: "Is the program of llama.cpp new enough for this model, and the file whole?",
    });
  }
  // `0.00.127.234 E main : failed to init`
  const words = [...output.matchAll(/^[\d.]+ E (.+)$/gm)].at(-1)?.[1] ?? output.trimEnd().split("\n").at(-1) ?? "";
  const how = signal === null ? `exit code ${code}` : signal;
  return new InhouseError("server", `${program} failed (${how})${words === "" ? "" : `: ${words.slice(0, 300)}`}.`, {
    retryable: false,
    hint: hintOf(signal, words),
  });
}

/** b11434 ends without waiting for its log, so that its last words may be lost. */
function hintOf(signal: RunResult["signal"], words: string): string {
  if (signal !== null) return "Something killed it: look in the system's log whether memory ran out.";
  if (words !== "") return "The message is the program's own, perhaps not its last.";
  return "It may have had no time to say why: does llama-server load the model, and has the text two chunks?";
}
