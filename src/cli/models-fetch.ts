import { fetchModel } from "../deploy.ts";
import { bytesText } from "../deploy/plan/plan-words.ts";
import { createTransport, egressPolicy, InhouseError, type Transport } from "../index.ts";
import type { CommandContext } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { modelSourceOf } from "./model-source-argument.ts";
import { watched } from "./watched.ts";

/** What the options of `inhouse models fetch` say. */
export interface FetchWords {
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

/** Brings a model's files into a folder, and tells what came. Resolves to the exit code. */
export async function fetchOne(names: readonly string[], words: FetchWords, context: CommandContext): Promise<number> {
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
