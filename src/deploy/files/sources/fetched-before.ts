import { join } from "node:path";

import { InhouseError } from "../../../core/error.ts";
import type { OnProgress } from "../../work-progress.ts";
import { checkFiles, problemText } from "../pin-files.ts";
import { readModelLock, type LockedModel } from "./model-lock.ts";
import { sourceText, type ModelSource } from "./model-source.ts";
import { isSameSource } from "./same-source.ts";

/**
 * The model as it was fetched before, once every file of it has been read and found right. Nothing is asked of anybody.
 * Rejects with `not-found`, which says what is missing.
 */
export async function fetchedBefore(
  source: ModelSource,
  folder: string,
  options: { readonly signal?: AbortSignal; readonly onProgress?: OnProgress },
): Promise<LockedModel> {
  const models = (await readModelLock(folder))?.models ?? [];
  const name = sourceText(source);
  const model = models.find((known) => isSameSource(source, known));
  if (!model) {
    const others = models.map((known) => sourceText(known.source)).join(", ");
    throw new InhouseError("not-found", `${name} was not fetched into ${folder}, and offline nothing is asked for.`, {
      hint: `${others === "" ? `There is no model in ${join(folder, "inhouse-model.json")}` : `There is ${others}`}. Fetch it where there is a connection, and bring the whole folder here.`,
    });
  }
  const problems = await checkFiles(model.files, { ...options, folder });
  if (problems.length === 0) return model;
  throw new InhouseError("not-found", `${name} is not whole in ${folder}: ${problems.map(problemText).join("; ")}.`, {
    hint: "Fetch it again where there is a connection: what is right is not fetched a second time.",
  });
}
