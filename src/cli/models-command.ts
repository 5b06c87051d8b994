import { parseArgs } from "node:util";

import { InhouseError, isInhouseError } from "../index.ts";
import type { Command } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { checkFolders } from "./models-check.ts";
import { fetchOne } from "./models-fetch.ts";
import { listModels } from "./models-list.ts";

const help = `inhouse models [DIR ...]
inhouse models fetch SOURCE --to DIR [options]
inhouse models check DIR ...

Without a word it lists the models that are in the folders (default: ./models), in Ollama's store, and at the usual servers of
this machine.

fetch brings a model's files into a folder, checks each against the digest that its source promised, and writes down the
digests in inhouse-model.json. What was cut goes on where it stopped. SOURCE is one of
  hf:organisation/name@revision     a mirror of Hugging Face's kind, named by --endpoint or HF_ENDPOINT
  oci://host/repository:tag         an OCI registry
  ollama://host/library/name:tag    a registry of Ollama's kind
  PATH                              a folder, or a GGUF file
check reads the files of a folder again, and compares them with its inhouse-model.json.

  --to DIR               where the files go
  --endpoint URL         the mirror for hf:
  --files NAME           only files of this name, with * for any letters; may be given several times
  --quantization NAME    of several GGUF files this one: Q4_K_M ...
  --store                of ollama:// a folder as OLLAMA_MODELS names one, in place of a GGUF file
  --insecure             the registry speaks HTTP without TLS
  --link                 link the files of PATH in place of copying them
  --allow HOST           connect to nothing but this: a name, address or range, with :port; may be given several times
  --offline              no connection: what was fetched before is checked and taken
  --json                 as JSON
  --help

Keys come from the environment: HF_TOKEN for hf:, REGISTRY_USERNAME and REGISTRY_PASSWORD for registries.
It ends with 0 where all is well, 1 where something is missing or wrong, 2 where the options are wrong.

Examples
  inhouse models
  inhouse models fetch hf:mistralai/Ministral-3-8B-Instruct-2512@main --endpoint https://models.example --to /models/ministral
  inhouse models fetch ollama://registry.example/library/smollm2:135m --to /models/smollm2
  inhouse models check /models/ministral
`;

const word = { type: "string" } as const;
const flag = { type: "boolean" } as const;

/** `inhouse models`: what is there, what is to be fetched, and whether it is still what it was. */
export const modelsCommand: Command = {
  summary: "list models, fetch them from a mirror, and check their files",
  help,
  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        to: word,
        endpoint: word,
        files: { type: "string", multiple: true },
        quantization: word,
        store: flag,
        insecure: flag,
        link: flag,
        allow: { type: "string", multiple: true },
        offline: flag,
        json: flag,
      },
    });
    const [action = "list", ...rest] = positionals;
    const { json = false, ...options } = values;
    try {
      if (action === "fetch") return await fetchOne(rest, { ...options, json }, context);
      const [stray] = Object.keys(options);
      if (stray !== undefined) throw new InhouseError("invalid-request", `--${stray} is for fetch only.`);
      if (action === "check") return await checkFolders(rest, json, context);
      return await listModels(positionals, json, context);
    } catch (error) {
      if (!json || !isInhouseError(error)) throw error;
      const { code, message, hint } = error;
      context.out(`${JSON.stringify({ error: { code, message, hint } }, null, 2)}\n`);
      return code === "invalid-request" ? exitCodes.usage : exitCodes.failed;
    }
  },
};
