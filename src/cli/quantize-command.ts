import { parseArgs } from "node:util";

import { compareModels, importToOllama, makeImatrix, quantize, type QuantizeOptions } from "../deploy.ts";
import { InhouseError } from "../index.ts";
import type { Command, CommandContext } from "./command.ts";
import { countOf } from "./counts.ts";
import { exitCodes } from "./exit-codes.ts";
import { programPlaces } from "./program-places.ts";
import { comparisonText, imatrixText, quantizedText } from "./quantize-words.ts";
import { watched } from "./watched.ts";

const help = `inhouse quantize SOURCE TYPE [options]
inhouse quantize SOURCE --imatrix-text TEXT [options]
inhouse quantize --compare SOURCE-URL RESULT-URL

Makes a GGUF file smaller with llama-quantize, reads the result back, tensor by tensor, and only then gives it its name. An
error or Ctrl-C leaves what was there before.

SOURCE is a GGUF file of 16 or 32 bits, or the first of its parts. TYPE is Q4_K_M, Q8_0, Q5_K_M ...: a wrong one lists them all.

An importance matrix tells which weights matter: better answers, and needed below three bits. llama-imatrix makes it by having
SOURCE read a text once, some 100 KB and more of what the model will read.

  --imatrix FILE         an importance matrix of the model
  --imatrix-text TEXT    make one of this file of text first, as --imatrix says, else beside SOURCE as MODEL.imatrix.gguf. It
                         stays there for other types. Without TYPE nothing else is made
  --parse-special        the marks of the chat format in TEXT, such as <|im_start|>, are taken as such, and not as letters
  --out FILE             the file to be made. Default: beside SOURCE, named after it and the type
  --overwrite            replace files that are there
  --keep-split           parts remain parts
  --pure                 one type for all tensors, and no mixture
  --allow-requantize     take a source that is quantized already, which costs quality
  --threads COUNT        Default: all cores
  --program NAME=PATH    llama-quantize or llama-imatrix, where it is not on PATH; may be repeated
  --ollama NAME          make a model of that name of it in Ollama (OLLAMA_HOST, else this machine)
  --compare              two servers in the place of SOURCE and TYPE: how far the second model has moved from the first
  --json                 the result as JSON
  --help

It ends with 0 where it is done, 1 where it is not, 2 where the options are wrong.

Examples
  inhouse quantize ministral-8b-BF16.gguf Q4_K_M
  inhouse quantize ministral-8b-BF16.gguf IQ3_XXS --imatrix-text letters-and-reports.txt
  inhouse quantize ministral-8b-BF16.gguf IQ2_M --imatrix ministral-8b.imatrix.gguf
  inhouse quantize ministral-8b-BF16.gguf Q4_0 --out /models/small.gguf --ollama ministral-small
  inhouse quantize --compare http://127.0.0.1:8080 http://127.0.0.1:8081
`;

/** `inhouse quantize`: a GGUF file made smaller, an importance matrix, and two models compared. */
export const quantizeCommand: Command = {
  summary: "make a GGUF file smaller, check it, and bring it into Ollama",
  help,
  async run(args, context) {
    const { values, positionals } = parsed(args);
    const [first, second, ...rest] = positionals;
    const isMatrixAlone = second === undefined && values["imatrix-text"] !== undefined && !values.compare;
    if (first === undefined || (second === undefined && !isMatrixAlone) || rest.length > 0) {
      throw new InhouseError("invalid-request", "Two things are to be named, the source and the type.", {
        hint: "inhouse quantize SOURCE TYPE, or inhouse quantize --compare SOURCE-URL RESULT-URL.",
      });
    }
    refuseStray(values, isMatrixAlone);
    if (second === undefined) return await makeMatrix(first, values, context);
    return await (values.compare ? compare : make)(first, second, values, context);
  },
};

/** Options that would be ignored are refused. */
function refuseStray(values: Values, isMatrixAlone: boolean): void {
  const given = Object.keys(values);
  const refuse = (names: readonly string[], why: string): void => {
    const [stray] = names.filter((name) => given.includes(name));
    if (stray !== undefined) throw new InhouseError("invalid-request", `--${stray} ${why}.`);
  };
  if (values.compare) {
    const others = given.filter((name) => name !== "compare" && name !== "json");
    refuse(others, "does not go with --compare");
  }
  if (isMatrixAlone) refuse(["keep-split", "pure", "allow-requantize", "ollama"], "goes with a TYPE");
  if (isMatrixAlone && values.out !== undefined)
    refuse(["imatrix"], "and --out name the same file: one of them is enough");
  if (values["imatrix-text"] === undefined) refuse(["parse-special"], "goes with --imatrix-text");
}

async function make(source: string, type: string, values: Values, context: CommandContext): Promise<number> {
  const { json = false, ollama: name } = values;
  const { env } = context;
  const { made, imported } = await watched(json, context, async (watching) => {
    const file = await quantize(source, type, { ...optionsOf(values), env, ...watching });
    return {
      made: file,
      imported: name === undefined ? undefined : await importToOllama(file.path, name, { env, ...watching }),
    };
  });
  context.out(json ? jsonOf({ ...made, ...(imported ? { ollama: imported } : {}) }) : quantizedText(made, imported));
  return exitCodes.ok;
}

async function makeMatrix(source: string, values: Values, context: CommandContext): Promise<number> {
  const { json = false, imatrix, out: target = imatrix, "imatrix-text": text = "" } = values;
  const { overwrite, threads, programs } = optionsOf(values);
  const options = {
    text,
    parseSpecial: values["parse-special"] ?? false,
    env: context.env,
    ...(target === undefined ? {} : { target }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(threads === undefined ? {} : { threads }),
    ...(programs ? { programs } : {}),
  };
  const made = await watched(json, context, (watching) => makeImatrix(source, { ...options, ...watching }));
  context.out(json ? jsonOf(made) : imatrixText(made));
  return exitCodes.ok;
}

async function compare(source: string, result: string, values: Values, context: CommandContext): Promise<number> {
  const { json = false } = values;
  const comparison = await watched(json, context, (watching) => compareModels(source, result, watching));
  context.out(json ? jsonOf(comparison) : comparisonText(comparison));
  return exitCodes.ok;
}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

const parsed = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      imatrix: text,
      "imatrix-text": text,
      "parse-special": flag,
      out: text,
      overwrite: flag,
      "keep-split": flag,
      pure: flag,
      "allow-requantize": flag,
      threads: text,
      program: { type: "string", multiple: true },
      ollama: text,
      compare: flag,
      json: flag,
    },
  });

type Values = ReturnType<typeof parsed>["values"];

function optionsOf(values: Values): QuantizeOptions {
  const { imatrix, "imatrix-text": calibration, out: target, overwrite, pure, threads, program = [] } = values;
  const { "keep-split": keepSplit, "allow-requantize": allowRequantize } = values;
  const { "parse-special": parseSpecial = false } = values;
  const place = imatrix === undefined ? {} : { target: imatrix };
  const made = { ...place, overwrite: overwrite ?? false, parseSpecial };
  const given = {
    imatrix: calibration === undefined ? imatrix : { text: calibration, ...made },
    target,
    overwrite,
    pure,
    keepSplit,
    allowRequantize,
    threads: threads === undefined ? undefined : countOf("--threads", threads),
    programs: program.length === 0 ? undefined : programPlaces(program),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const jsonOf = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
