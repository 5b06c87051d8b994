import { dirname, isAbsolute, resolve } from "node:path";

import type { Plan } from "../plan/plan-value.ts";
import type { PlannedServer } from "../planned-server.ts";

/** The folder that the paths of a plan's pinned files start from, where they are not absolute. */
export const pinnedFolder = ({ model: { source, format } }: Plan): string =>
  format === "gguf" ? dirname(source) : source;

/**
 * The absolute paths of the files with a plan's weights: of files that were there when it was made as its model says, whatever
 * became of its command; of others as the command names them. None where that is a repository or an address.
 */
export function plannedPaths(plan: Plan, { files: [named] }: PlannedServer): readonly string[] {
  const { model, files } = plan;
  if (files) {
    const weights = files.filter(({ path }) => path.endsWith(`.${model.format}`));
    return weights.map(({ path }) => resolve(pinnedFolder(plan), path));
  }
  const place = model.origin === "files" ? model.source : (named ?? model.source);
  const isPath = named !== undefined || model.origin === "files" || isAbsolute(place);
  return isPath && !/^https?:/.test(place) ? [resolve(place)] : [];
}
