import { dirname, isAbsolute, resolve } from "node:path";

import type { Plan } from "../plan/plan-value.ts";
import type { PlannedServer } from "../planned-server.ts";

/** The folder that the paths of a plan's pinned files start from, where they are not absolute. */
export const pinnedFolder = ({ model: { source, format } }: Plan): string =>
  format === "gguf" ? dirname(source) : source;

/** The absolute paths of the files with a plan's weights; none where it names a repository. */
export function plannedPaths(plan: Plan, { files: [named] }: PlannedServer): readonly string[] {
  const { model, files } = plan;
  if (files) {
    const weights = files.filter(({ path }) => path.endsWith(`.${model.format}`));
    return weights.map(({ path }) => resolve(pinnedFolder(plan), path));
  }
  if (named !== undefined) return [resolve(named)];
  return model.origin === "files" || isAbsolute(model.source) ? [resolve(model.source)] : [];
}
