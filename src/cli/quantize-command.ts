import { parseArgs } from "node:util";

import {
  compareModels,
  importToOllama,
  quantize,
  type ImportedModel,
  type ModelComparison,
  type QuantizedModel,
  type QuantizeOptions,
} from "../deploy.ts";
import { InhouseError } from "../index.ts";
import type { Command } from "./command.ts";
import { countOf } from "./counts.ts";
import { exitCodes } from "./exit-codes.ts";
import { watched } from "./watched.ts";

const help = `inhouse quantize SOURCE TYPE [options]
inhouse quantize --compare SOURCE-URL RESULT-URL

Makes a GGUF file smaller with llama-quantize, reads the result back, tensor by tensor, and only then gives it its name. An
error or Ctrl-C leaves what was there before.

SOURCE is a GGUF file of 16 or 32 bits, or the first of its parts. TYPE is Q4_K_M, Q8_0, Q5_K_M ...: a wrong one lists them all.

  --imatrix FILE         an importance matrix of the model: better answers, and needed below three bits
  --out FILE             the file to be made. Default: beside the source, named after it and the type
  --overwrite            replace a file that is there
  --keep-split           parts remain parts
  --pure                 one type for all tensors, and no mixture
  --allow-requantize     take a source that is quantized already, which costs quality
  --threads COUNT        Default: all cores
  --program FILE         llama-quantize, where it is not on PATH
  --ollama NAME          make a model of that name of it in Ollama (OLLAMA_HOST, else this machine)
  --compare              two servers in the place of SOURCE and TYPE: how far the second model has moved from the first
  --json                 the result as JSON
  --help

It ends with 0 where it is done, 1 where it is not, 2 where the options are wrong.

Examples
  inhouse quantize ministral-8b-BF16.gguf Q4_K_M
  inhouse quantize ministral-8b-BF16.gguf IQ3_XXS --imatrix ministral-8b.imatrix.gguf
  inhouse quantize ministral-8b-BF16.gguf Q4_0 --out /models/small.gguf --ollama ministral-small
  inhouse quantize --compare http://127.0.0.1:8080 http://127.0.0.1:8081
`;

/** `inhouse quantize`: a GGUF file made smaller, and two models compared. */
export const quantizeCommand: Command = {
  summary: "make a GGUF file smaller, check it, and bring it into Ollama",
  help,
  async run(args, context) {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: names });
    const [first, second, ...rest] = positionals;
    if (first === undefined || second === undefined || rest.length > 0) {
      throw new InhouseError("invalid-request", "Two things are to be named, the source and the type.", {
        hint: "inhouse quantize SOURCE TYPE, or inhouse quantize --compare SOURCE-URL RESULT-URL.",
      });
    }
    const { json = false } = values;
    const { env } = context;
    if (values.compare) {
      const comparison = await watched(json, context, (watching) => compareModels(first, second, watching));
      context.out(json ? jsonOf(comparison) : comparisonText(comparison));
      return exitCodes.ok;
    }
    const name = values.ollama;
    const { made, imported } = await watched(json, context, async (watching) => {
      const file = await quantize(first, second, { ...optionsOf(values), env, ...watching });
      return {
        made: file,
        imported: name === undefined ? undefined : await importToOllama(file.path, name, { env, ...watching }),
      };
    });
    context.out(json ? jsonOf({ ...made, ...(imported ? { ollama: imported } : {}) }) : madeText(made, imported));
    return exitCodes.ok;
  },
};

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const names = {
  imatrix: text,
  out: text,
  overwrite: flag,
  "keep-split": flag,
  pure: flag,
  "allow-requantize": flag,
  threads: text,
  program: text,
  ollama: text,
  compare: flag,
  json: flag,
} as const;

type Values = {
  readonly [Name in keyof typeof names]?: (typeof names)[Name]["type"] extends "string" ? string : boolean;
};

function optionsOf(values: Values): QuantizeOptions {
  const { imatrix, out: target, overwrite, pure, threads, program } = values;
  const { "keep-split": keepSplit, "allow-requantize": allowRequantize } = values;
  const given = {
    imatrix,
    target,
    overwrite,
    pure,
    keepSplit,
    allowRequantize,
    threads: threads === undefined ? undefined : countOf("--threads", threads),
    programs: program === undefined ? undefined : { "llama-quantize": program },
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const jsonOf = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;

function madeText(made: QuantizedModel, imported: ImportedModel | undefined): string {
  const { type, files, sourceBytes, fileBytes, bitsPerWeight, tensors, warnings } = made;
  const share = Math.round((fileBytes / sourceBytes) * 100);
  return [
    ...files.map(({ path, sha256 }) => `${path}\nsha256  ${sha256}`),
    `${type}, ${megabytes(fileBytes)} of ${megabytes(sourceBytes)} (${share} %), ${bitsPerWeight.toFixed(2)} bits a weight`,
    `tensors  ${Object.entries(tensors)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ")}`,
    ...(imported ? [`In Ollama as ${imported.name}, ${imported.quantization}.`] : []),
    ...warnings.map((warning) => `! ${warning}`),
    "",
  ].join("\n");
}

function comparisonText({
  tokens,
  agreement,
  agreementError,
  source,
  result,
  perplexityRatio,
}: ModelComparison): string {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return [
    `Both hold the same token to be the likeliest at ${percent(agreement)} of ${tokens} places (± ${percent(agreementError)}).`,
    `Perplexity ${source.perplexity.toFixed(2)} and ${result.perplexity.toFixed(2)}: ${perplexityRatio.toFixed(3)} times.`,
    "",
  ].join("\n");
}
