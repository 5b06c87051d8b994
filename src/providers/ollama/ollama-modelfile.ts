import type { Plan } from "../../deploy/plan/plan-value.ts";

/** What a plan's Ollama serves. */
export interface PlannedOllamaModel {
  /** By what name callers ask for it. */
  readonly name: string;
  /** GGUF files that it is created of; none where it is pulled. */
  readonly files: readonly string[];
}

const modelfile = /^printf '(FROM .+)' > Modelfile$/;
const made = /^ollama (?:create|pull) (\S+)/;

/** The line of shell that writes a Modelfile of these files. */
export function modelfileLine(files: readonly string[]): string {
  return `printf '${files.map((file) => `FROM ${file}\\n`).join("")}' > Modelfile`;
}

/** The line of shell that creates the model of that Modelfile. */
export const createLine = (name: string): string => `ollama create ${name} -f Modelfile`;

/** The line of shell that downloads a model. */
export const pullLine = (name: string): string => `ollama pull ${name}`;

/** Reads back of a plan's lines what they make. */
export function createdModel({ prepare, afterwards = [], model }: Plan): PlannedOllamaModel {
  const written = prepare.map((line) => modelfile.exec(line)?.[1]).find((text) => text !== undefined) ?? "";
  const files = written.split("\\n").flatMap((line) => (line.startsWith("FROM ") ? [line.slice(5)] : []));
  const name = afterwards.map((line) => made.exec(line)?.[1]).find((text) => text !== undefined);
  return { name: name ?? model.name, files };
}
