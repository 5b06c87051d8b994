import { InhouseError, isInhouseError } from "../../core/error.ts";
import { fileSource } from "../shape/file-source.ts";
import { isRecord, readJson } from "../shape/json-file.ts";
import type { Plan } from "./plan-value.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string" && value !== "";
const isCount: Check = (value) => typeof value === "number" && Number.isFinite(value) && value > 0;
const isTextOrNone: Check = (value) => value === undefined || isText(value);
const isList =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const hasFields =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

/** What everything that is done with a plan relies on, by the place in it. */
const needed: Readonly<Record<string, readonly [what: string, check: Check]>> = {
  engine: ["the name of an engine", isText],
  "model.name": ["a name", isText],
  "model.source": ["a repository, path or address", isText],
  "model.format": ['"gguf" or "safetensors"', (value) => value === "gguf" || value === "safetensors"],
  "model.quantization": ["a name", isText],
  "model.origin": ["a word", isText],
  "layout.place": ["a word", isText],
  "layout.machines": ["a count", isCount],
  contextLength: ["a count of tokens", isCount],
  parallel: ["a count", isCount],
  concurrent: ["a count", isCount],
  kvType: ["a name", isText],
  command: ["a list of words", (value) => isList((word) => typeof word === "string")(value) && value !== undefined],
  environment: [
    "variables with texts",
    (value) => isRecord(value) && Object.values(value).every((one) => typeof one === "string"),
  ],
  prepare: ["a list of command lines", isList(isText)],
  afterwards: ["a list of command lines", (value) => value === undefined || isList(isText)(value)],
  warnings: ["a list of texts", isList(isText)],
  on: ["a text", isTextOrNone],
  files: [
    "a list of files with path, sizeBytes and sha256",
    (value) =>
      value === undefined ||
      isList(
        hasFields({
          path: isText,
          sizeBytes: (size) => typeof size === "number" && size >= 0,
          sha256: (digest) => typeof digest === "string" && /^[0-9a-f]{64}$/i.test(digest),
        }),
      )(value),
  ],
  "speed.alone.tokensPerSecond": ["a rate", (value) => value === undefined || isCount(value)],
};

/** Reads a plan that was kept as JSON. Rejects with `not-found`, and as `checkedPlan` does. */
export async function readPlan(path: string): Promise<Plan> {
  const source = await fileSource(path);
  try {
    return checkedPlan(await readJson(source), path);
  } catch (error) {
    if (isInhouseError(error) && error.message.includes("JSON")) throw notAPlan(path, "it is not a JSON object");
    throw error;
  } finally {
    await source.close();
  }
}

/** The value as a plan. Throws `invalid-request`, which names the place where it is none: it is damaged, or of another version. */
export function checkedPlan(value: unknown, name = "the plan"): Plan {
  if (!isRecord(value)) throw notAPlan(name, "it is not a JSON object");
  for (const [place, [what, check]] of Object.entries(needed)) {
    let found: unknown = value;
    for (const key of place.split(".")) found = isRecord(found) ? found[key] : undefined;
    if (!check(found)) throw notAPlan(name, `${place} should be ${what}, and is ${shown(found)}`);
  }
  return value as unknown as Plan;
}

function notAPlan(name: string, why: string): InhouseError {
  return new InhouseError("invalid-request", `${name} is no plan: ${why}.`, {
    hint: "Make it anew with this version: inhouse plan MODEL --json.",
  });
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list with something else in it";
  return value !== null && typeof value === "object" ? "an object of another form" : JSON.stringify(value).slice(0, 60);
}
