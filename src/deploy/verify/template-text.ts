import { readFile } from "node:fs/promises";

import { isInhouseError } from "../../core/error.ts";
import { fileFailure, fileSource } from "../shape/file-source.ts";
import { readGguf } from "../shape/gguf.ts";
import { isRecord, parseJson, textAt } from "../shape/json-file.ts";
import type { ModelFormat } from "../shape/model-shape.ts";

/** The chat template of a model's files on this machine, and where it stands; nothing where they have none. */
export async function templateOf(
  path: string,
  format: ModelFormat,
  signal?: AbortSignal,
): Promise<{ readonly text: string; readonly place: string } | undefined> {
  if (format === "gguf") {
    const source = await fileSource(path);
    try {
      const text = (await readGguf(source, signal)).metadata.get("tokenizer.chat_template");
      return typeof text === "string" ? { text, place: `tokenizer.chat_template of ${path}` } : undefined;
    } finally {
      await source.close();
    }
  }
  const file = `${path}/chat_template.jinja`;
  const alone = await textFile(file).catch(unlessMissing);
  if (alone !== undefined) return { text: alone, place: file };
  const config = `${path}/tokenizer_config.json`;
  const value = parseJson((await textFile(config).catch(unlessMissing)) ?? "");
  const text = isRecord(value) ? textAt(value, "chat_template") : undefined;
  return text === undefined ? undefined : { text, place: `chat_template of ${config}` };
}

/** The text of a file. Rejects as `fileSource` does. */
export async function textFile(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => Promise.reject(fileFailure(path, error)));
}

function unlessMissing(error: unknown): undefined {
  if (!isInhouseError(error) || error.code !== "not-found") throw error;
}
