import { basename, dirname } from "node:path";

import { InhouseError } from "../../core/error.ts";
import { runProgram, type RunResult } from "../launch/run-program.ts";
import type { GgufTypeName } from "../shape/gguf-types.ts";
import type { GgufMixture } from "./gguf-mixtures.ts";
import { runWatched, type LlamaRun } from "./watched-program.ts";

/** How the programs of llama.cpp are got. */
export const llamaProgramsHint =
  "Build llama.cpp (cmake --build build --target llama-quantize llama-imatrix) or install a release of it, or name the program's path in programs.";

/** What `llama-quantize` is told, beside the files. */
export interface LlamaQuantizeChoice {
  readonly mixture: GgufMixture;
  readonly imatrix?: string | undefined;
  readonly pure?: boolean | undefined;
  readonly outputTensorType?: GgufTypeName | undefined;
  readonly tokenEmbeddingType?: GgufTypeName | undefined;
  readonly keepSplit?: boolean | undefined;
  readonly allowRequantize?: boolean | undefined;
  readonly threads?: number | undefined;
}

/** What the program said of the tensors that it made smaller, by their names. */
export interface Announced {
  /** The type that it gives. */
  readonly types: ReadonlyMap<string, string>;
  /** Those that the importance matrix has nothing for; without a matrix none. */
  readonly withoutData: ReadonlySet<string>;
}

/** The arguments of `llama-quantize` (llama.cpp b11434). */
export function llamaQuantizeArguments(from: string, to: string, choice: LlamaQuantizeChoice): readonly string[] {
  const { mixture, imatrix, pure, outputTensorType, tokenEmbeddingType, keepSplit, allowRequantize, threads } = choice;
  return [
    ...(allowRequantize ? ["--allow-requantize"] : []),
    ...(pure ? ["--pure"] : []),
    ...(imatrix === undefined ? [] : ["--imatrix", imatrix]),
    ...(outputTensorType === undefined ? [] : ["--output-tensor-type", outputTensorType.toLowerCase()]),
    ...(tokenEmbeddingType === undefined ? [] : ["--token-embedding-type", tokenEmbeddingType.toLowerCase()]),
    ...(keepSplit ? ["--keep-split"] : []),
    from,
    to,
    mixture,
    ...(threads === undefined ? [] : [String(threads)]),
  ];
}

/** The names of types that the program's page of help lists, its other names for some of them included. */
export async function knownToLlamaQuantize({ program, env, signal }: LlamaRun): Promise<readonly string[]> {
  const { output } = await runProgram(program, ["--help"], { env, signal, timeoutMs: 30_000 });
  return [...output.matchAll(/^\s*\d+\s+or\s+(\w+)\s*:/gm)].map(([, name = ""]) => name);
}

/**
 * Runs `llama-quantize` to its end and tells of each tensor. Rejects with `invalid-request` for what it refuses, `server`
 * where it fails otherwise, and `not-found` or `abort` as `runProgram` does.
 */
export async function runLlamaQuantize(
  from: string,
  to: string,
  choice: LlamaQuantizeChoice,
  { program, env, signal, onProgress }: LlamaRun,
): Promise<Announced> {
  const announced = { types: new Map<string, string>(), withoutData: new Set<string>() };
  const task = `quantizing to ${choice.mixture}`;
  let all = 0;
  const tell = (done: number, total: number): void => {
    all = total;
    onProgress?.({ task, done, total, unit: "tensors" });
  };
  // The file's name is written into the model, and a whole path would tell of this machine: it is named from its folder.
  const { imatrix } = choice;
  const named = imatrix === undefined ? choice : { ...choice, imatrix: `./${basename(imatrix)}` };
  const folder = imatrix === undefined ? undefined : dirname(imatrix);
  const args = llamaQuantizeArguments(from, to, named);
  const result = await runWatched({ program, env, signal, folder }, args, announcements(tell, announced));
  if (result.code !== 0) throw failureOf(program, result);
  if (all > 0) tell(all, all);
  return announced;
}

const mostKept = 4_096;

/** Reads `[  12/ 272] blk.0.attn_q.weight - […], type = f16, converting to q4_K .. size = …` as it comes, in pieces. */
function announcements(
  onTensor: (done: number, total: number) => void,
  { types, withoutData }: { readonly types: Map<string, string>; readonly withoutData: Set<string> },
): (text: string) => void {
  let rest = "";
  let tensor = "";
  return (text) => {
    rest += text;
    let end = 0;
    for (const match of rest.matchAll(
      /\[\s*(\d+)\/\s*(\d+)\]\s+(\S+)\s|did not find weights for (\S+)\s|converting to (\w+) \.\./g,
    )) {
      const [whole, place, total, name, lacking, type] = match;
      end = match.index + whole.length;
      if (type !== undefined) types.set(tensor, type.toUpperCase());
      if (lacking !== undefined) withoutData.add(lacking);
      if (name === undefined) continue;
      tensor = name;
      onTensor(Number(place) - 1, Number(total));
    }
    rest = rest.slice(end).slice(-mostKept);
  };
}

function failureOf(program: string, { code, signal, output }: RunResult): InhouseError {
  const [, why = ""] = /failed to quantize: (.+)/.exec(output) ?? [];
  if (/requires an imatrix|[Mm]issing importance matrix/.test(output)) {
    return new InhouseError("invalid-request", "This type needs an importance matrix for a tensor that has none.", {
      hint: "Make one with makeImatrix() of more text, and set imatrix.",
    });
  }
  if (/failed to load imatrix|missing imatrix metadata|imatrix size/.test(output)) {
    return new InhouseError("invalid-request", "The importance matrix cannot be read, or is another model's.", {
      hint: "Make it of the same model with makeImatrix().",
    });
  }
  const how = signal === null ? `exit code ${code}` : signal;
  const words = why || (output.trimEnd().split("\n").at(-1) ?? "").slice(0, 300);
  return new InhouseError("server", `${program} failed (${how})${words === "" ? "" : `: ${words}`}.`, {
    retryable: false,
    hint:
      signal === null
        ? "The message is the program's own."
        : "Something killed it: look in the system's log whether memory ran out.",
  });
}
