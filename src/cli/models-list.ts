import { homedir } from "node:os";
import { join } from "node:path";

import { bytesText } from "../deploy/plan/plan-words.ts";
import { textTable } from "../deploy/plan/text-table.ts";
import type { CommandContext } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { modelsIn, ollamaModelsIn, type FoundModel } from "./found-models.ts";
import { askServer, usualAddresses } from "./servers.ts";

/** Lists the models of folders, of Ollama's store, and of the usual servers. Resolves to the exit code. */
export async function listModels(
  folders: readonly string[],
  json: boolean,
  { env, out }: CommandContext,
): Promise<number> {
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
