import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";

import { z } from "zod";

import { sha256 } from "../sha256.ts";

export interface OllamaCreation {
  readonly name: string;
  /** Paths of GGUF files. */
  readonly files: readonly string[];
  readonly template?: string | undefined;
}

const Reply = z.object({ error: z.string().optional(), status: z.string().optional() });

/** Creates a model through the API of a running Ollama. */
export async function createOllamaModel(url: string, creation: OllamaCreation, signal?: AbortSignal): Promise<void> {
  const { name, template } = creation;
  const files: Record<string, string> = {};
  for (const path of creation.files) files[basename(path)] = await upload(url, path, signal);
  const body = JSON.stringify({ model: name, files, template, stream: false });
  const response = await fetch(`${url}/api/create`, { method: "POST", body, signal: signal ?? null });
  const reply = Reply.parse(await response.json());
  if (reply.status !== "success") throw new Error(`Ollama did not create ${name}: ${reply.error ?? reply.status}`);
}

/** Brings a file into Ollama's store, where it is not there yet, and returns its digest. */
async function upload(url: string, path: string, signal?: AbortSignal): Promise<string> {
  const digest = `sha256:${await sha256(path, signal)}`;
  const blob = `${url}/api/blobs/${digest}`;
  if ((await fetch(blob, { method: "HEAD", signal: signal ?? null })).ok) return digest;
  const body = Readable.toWeb(createReadStream(path)) as ReadableStream;
  const response = await fetch(blob, { method: "POST", body, duplex: "half", signal: signal ?? null });
  if (!response.ok) throw new Error(`Ollama did not take ${path}: ${await response.text()}`);
  return digest;
}
