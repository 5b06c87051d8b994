import { InhouseError } from "../index.ts";

/** Programs that are not on `PATH`, by name, as `--program NAME=PATH` tells them. Throws `invalid-request`. */
export function programPlaces(entries: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(entries.map((entry) => placeOf(entry)));
}

function placeOf(entry: string): readonly [string, string] {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
  if (name !== undefined && path !== undefined) return [name, path];
  throw new InhouseError("invalid-request", `--program: "${entry}" names no path.`, {
    hint: "Write llama-server=/opt/llama/llama-server.",
  });
}
