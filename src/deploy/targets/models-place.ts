import type { TargetSource } from "./target-facts.ts";

/** The folder of the machine that holds the models: as the caller says, else where the plan's own files are, else the target's usual one. */
export function modelsFolderOf({ plan, options }: TargetSource, usual: string): string {
  const { source, origin } = plan.model;
  if (options.modelsFolder !== undefined) return options.modelsFolder;
  const isOwn = origin === "files" && source.startsWith("/");
  return isOwn ? source.replace(/\/+$/, "").replace(/\/[^/]*$/, "") || "/" : usual;
}

/** What has to be in that folder before the server starts, in words. */
export function modelsContent(source: TargetSource, isStore: boolean): string {
  if (isStore) return "the server's own store of models";
  const names = modelFileNames(source);
  return names.length > 0 ? names.join(" and ") : `a Hugging Face cache with ${source.plan.model.source}`;
}

/** What the model's own files and folders are called there; none where a repository is served. */
export const modelFileNames = ({ planned }: TargetSource): readonly string[] =>
  planned.files.map((path) => path.replace(/[/\\]+$/, "").replace(/^.*[/\\]/, ""));
