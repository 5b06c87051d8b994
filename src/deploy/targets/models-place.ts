import type { Plan } from "../plan/plan-value.ts";
import type { TargetSource } from "./target-facts.ts";

/** The folder of the machine that holds the models: as the caller says, else where the plan's own files are, else the target's usual one. */
export function modelsFolderOf({ plan, options }: TargetSource, usual: string): string {
  const { source, origin } = plan.model;
  if (options.modelsFolder !== undefined) return options.modelsFolder;
  const isOwn = origin === "files" && source.startsWith("/");
  return isOwn ? source.replace(/\/+$/, "").replace(/\/[^/]*$/, "") || "/" : usual;
}

/** What has to be in that folder before the server starts, in words. */
export function modelsContent(plan: Plan, isStore: boolean): string {
  const { model, command } = plan;
  if (isStore) return "the server's own store of models";
  if (model.origin === "published") return `a Hugging Face cache with ${model.source}`;
  const paths = command.filter((_, index) => /^(-m|--mmproj|serve)$/.test(command[index - 1] ?? ""));
  const names = paths.map((path) => path.replace(/[/\\]+$/, "").replace(/^.*[/\\]/, ""));
  if (model.origin === "while-loading" && !/^[./~]/.test(model.source)) {
    return `a Hugging Face cache with ${model.source}`;
  }
  return names.length > 0 ? names.join(" and ") : model.source;
}
