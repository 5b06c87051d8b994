import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { InhouseError } from "../../core/error.ts";

/** The first file of that name in the folders of `PATH` that may be run; nothing where there is none. */
async function programOnPath(name: string, path: string | undefined): Promise<string | undefined> {
  const folders = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const file of folders.map((folder) => join(folder, name))) {
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/** Where a program is: as the caller says, else on `PATH`. Rejects with `not-found`, and what to install. */
export async function findProgram(name: string, hint: string, { programs = {}, env }: ProgramPlaces): Promise<string> {
  const said = programs[name];
  const found = said ?? (await programOnPath(name, env["PATH"]));
  if (found !== undefined) return found;
  throw new InhouseError("not-found", `There is no program ${name} on PATH.`, { hint });
}

/** Where programs are looked for. */
export interface ProgramPlaces {
  /** Paths by the program's name, for those that are not on `PATH`. */
  readonly programs?: Readonly<Record<string, string>> | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}
