import { checkFiles, problemText, readModelLock, type FileProblem } from "../deploy.ts";
import { InhouseError } from "../index.ts";
import type { CommandContext } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { watched } from "./watched.ts";

interface Checked {
  readonly folder: string;
  readonly files: number;
  readonly problems: readonly FileProblem[];
}

/** Reads the files of folders again, and tells what is wrong with them. Resolves to the exit code. */
export async function checkFolders(
  folders: readonly string[],
  json: boolean,
  context: CommandContext,
): Promise<number> {
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
