import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { checkFiles, fetchModel, problemText, readModelLock, type FileProblem } from "../deploy.ts";
import { bytesText } from "../deploy/plan/plan-words.ts";
import { textTable } from "../deploy/plan/text-table.ts";
import { createTransport, egressPolicy, InhouseError, isInhouseError, type Transport } from "../index.ts";
import type { Command, CommandContext } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { modelsIn, ollamaModelsIn, type FoundModel } from "./found-models.ts";
import { modelSourceOf } from "./model-source-argument.ts";
import { askServer, usualAddresses } from "./servers.ts";
import { watched } from "./watched.ts";

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
      if (action === "check") return await check(rest, json, context);
      return await list(positionals, json, context);
    } catch (error) {
      if (!json || !isInhouseError(error)) throw error;
      const { code, message, hint } = error;
      context.out(`${JSON.stringify({ error: { code, message, hint } }, null, 2)}\n`);
      return code === "invalid-request" ? exitCodes.usage : exitCodes.failed;
    }
  },
};

interface FetchWords {
  readonly to?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly files?: readonly string[] | undefined;
  readonly quantization?: string | undefined;
  readonly store?: boolean | undefined;
  readonly insecure?: boolean | undefined;
  readonly link?: boolean | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly offline?: boolean | undefined;
  readonly json: boolean;
}

async function fetchOne(names: readonly string[], words: FetchWords, context: CommandContext): Promise<number> {
  const [text, ...rest] = names;
  const { to, json, offline = false } = words;
  if (text === undefined || rest.length > 0 || to === undefined) {
    throw new InhouseError("invalid-request", "One source and --to are needed.", {
      hint: "inhouse models fetch hf:organisation/name --endpoint URL --to DIR",
    });
  }
  const { env } = context;
  const endpoint = words.endpoint ?? (env["HF_ENDPOINT"] || undefined);
  const source = await modelSourceOf(text, { ...words, endpoint });
  const apiKey = "huggingFace" in source ? env["HF_TOKEN"] || undefined : undefined;
  const credentials = "oci" in source || "ollama" in source ? credentialsIn(env) : undefined;
  const model = await through(words.allow, (transport) =>
    watched(json, context, (watching) =>
      fetchModel(source, {
        to,
        offline,
        transport,
        ...(apiKey === undefined ? {} : { apiKey }),
        ...(credentials === undefined ? {} : { credentials }),
        ...watching,
      }),
    ),
  );
  if (json) context.out(`${JSON.stringify(model, null, 2)}\n`);
  else {
    const bytes = model.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const revision = model.revision === undefined ? "" : `revision ${model.revision}\n`;
    context.out(`${model.path}\n${revision}${model.files.length} files, ${bytesText(bytes)}, all as promised\n`);
  }
  return exitCodes.ok;
}

/** Lends a transport that reaches what is allowed, and closes it. */
async function through<Result>(
  allow: readonly string[] | undefined,
  work: (transport: Transport) => Promise<Result>,
): Promise<Result> {
  const transport = createTransport(allow ? { policy: egressPolicy({ allow }) } : {});
  try {
    return await work(transport);
  } finally {
    await transport.close();
  }
}

function credentialsIn(env: CommandContext["env"]): { username: string; password: string } | undefined {
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } = env;
  return username && password ? { username, password } : undefined;
}

interface Checked {
  readonly folder: string;
  readonly files: number;
  readonly problems: readonly FileProblem[];
}

async function check(folders: readonly string[], json: boolean, context: CommandContext): Promise<number> {
  if (folders.length === 0) throw new InhouseError("invalid-request", "inhouse models check needs a folder.");
  const checked: Checked[] = [];
  for (const folder of folders) {
    const lock = await readModelLock(folder);
    if (!lock) {
      throw new InhouseError("not-found", `${folder} has no inhouse-model.json.`, {
        hint: "inhouse models fetch writes it; of files that are there already: inhouse models fetch DIR --to DIR.",
      });
    }
    const files = lock.models.flatMap((model) => model.files);
    const problems = await watched(json, context, (watching) => checkFiles(files, { folder, ...watching }));
    checked.push({ folder, files: files.length, problems });
  }
  if (json) context.out(`${JSON.stringify(checked, null, 2)}\n`);
  else context.out(checked.map(checkedText).join(""));
  return checked.some(({ problems }) => problems.length > 0) ? exitCodes.failed : exitCodes.ok;
}

function checkedText({ folder, files, problems }: Checked): string {
  if (problems.length === 0) return `${folder}: ${files} files, all as they have to be\n`;
  return `${folder}: ${problems.length} of ${files} files are wrong\n${problems.map((problem) => `  ${problemText(problem)}`).join("\n")}\n`;
}

async function list(folders: readonly string[], json: boolean, { env, out }: CommandContext): Promise<number> {
  const store = env["OLLAMA_MODELS"] || join(homedir(), ".ollama", "models");
  const [inFolders, inOllama, asked] = await Promise.all([
    Promise.all(
      (folders.length > 0 ? folders : ["models"]).map(async (folder) => ({ folder, models: await modelsIn(folder) })),
    ),
    ollamaModelsIn(store),
    Promise.all(usualAddresses.map((url) => askServer(url, env))),
  ]);
  const servers = asked.filter(({ title }) => title !== undefined);
  if (json) {
    out(`${JSON.stringify({ folders: inFolders, ollama: { store, models: inOllama }, servers }, null, 2)}\n`);
    return exitCodes.ok;
  }
  const table = (models: readonly FoundModel[]): string =>
    models.length === 0
      ? "  none"
      : textTable(
          models.map(({ name, sizeBytes, pinned }) => [`  ${name}`, bytesText(sizeBytes), pinned ? "pinned" : ""]),
          [1],
        );
  const rows = servers.flatMap(({ url, title = "", models = [] }) => models.map(({ id }) => [`  ${id}`, title, url]));
  const sections = [
    ...inFolders.map(({ folder, models }) => `${folder}\n${table(models)}`),
    `Ollama's store (${store})\n${table(inOllama)}`,
    `Servers\n${rows.length > 0 ? textTable(rows) : "  none answers at the usual addresses"}`,
  ];
  out(`${sections.join("\n\n")}\n`);
  return exitCodes.ok;
}
