import { dirname, isAbsolute, resolve } from "node:path";

import { optionOf } from "../../core/command-line.ts";
import { InhouseError } from "../../core/error.ts";
import type { Plan } from "../plan/plan-value.ts";
import { isEveryAddress, shortAddress } from "./open-sockets.ts";

/** By what name callers ask for a plan's model. */
export function plannedName({ command, afterwards = [], model }: Plan): string {
  const named = optionOf(command, "--served-model-name", "--alias");
  const made = afterwards.map((line) => /^ollama (?:create|pull) (\S+)/.exec(line)?.[1]);
  return named ?? made.find((name) => name !== undefined) ?? model.name;
}

/** The address that a plan's server is to listen at, without its port. */
export const plannedAddress = (plan: Plan): string => plannedPlace(plan).host;

/** Where a plan's server is for a caller on the same machine. Throws `invalid-request` where the plan leaves the port open. */
export function plannedURL(plan: Plan): string {
  const { host, port } = plannedPlace(plan);
  if (port === undefined || port === "0") {
    throw new InhouseError("invalid-request", "The plan does not say at which port its server is.", {
      hint: "Name the server's URL.",
    });
  }
  const name = isEveryAddress(host) ? "127.0.0.1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** By the command's own options, else by the variable that Ollama takes both from. */
function plannedPlace({ command, environment }: Plan): { readonly host: string; readonly port?: string } {
  const variable = Object.entries(environment).find(([name]) => name.endsWith("_HOST"))?.[1] ?? "";
  const [, named, at] = /^(.*?)(?::(\d+))?$/.exec(variable) ?? [];
  const host = optionOf(command, "--host") ?? (named || "127.0.0.1");
  const port = optionOf(command, "--port") ?? at;
  return { host: shortAddress(host.replace(/^\[|\]$/g, "")), ...(port === undefined ? {} : { port }) };
}

/** The folder that the paths of a plan's pinned files start from, where they are not absolute. */
export const plannedFolder = ({ model: { source, format } }: Plan): string =>
  format === "gguf" ? dirname(source) : source;

/** The absolute paths of the files with a plan's weights; none where it names a repository, or files that are yet to be made. */
export function plannedPaths(plan: Plan): readonly string[] {
  const { model, files, command } = plan;
  if (files) {
    const weights = files.filter(({ path }) => path.endsWith(`.${model.format}`));
    return weights.map(({ path }) => resolve(plannedFolder(plan), path));
  }
  const named = optionOf(command, "-m", "--model") ?? model.source;
  return isAbsolute(named) ? [named] : model.origin === "files" ? [resolve(named)] : [];
}
