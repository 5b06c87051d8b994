import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** A program that deployment can make use of, and where it is on this machine. */
export interface FoundProgram {
  readonly name: string;
  readonly use: string;
  /** Absent where it is not on `PATH`. */
  readonly path?: string;
}

const programs: readonly (readonly [name: string, use: string])[] = [
  ["vllm", "serves safetensors on GPUs"],
  ["llama-server", "serves GGUF files"],
  ["ollama", "serves GGUF files, and keeps them"],
  ["llama-quantize", "makes smaller GGUF files"],
  ["llama-imatrix", "tells it which weights matter"],
  ["hf", "downloads models"],
  ["nvidia-smi", "tells of NVIDIA's GPUs"],
  ["rocm-smi", "tells of AMD's GPUs"],
  ["ffmpeg", "prepares sound and films"],
];

/** Looks for the programs in the folders of `PATH`; none of them is started. */
export async function foundPrograms(path: string | undefined): Promise<readonly FoundProgram[]> {
  const folders = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  return await Promise.all(
    programs.map(async ([name, use]) => {
      const found = await firstExecutable(folders.map((folder) => join(folder, name)));
      return { name, use, ...(found === undefined ? {} : { path: found }) };
    }),
  );
}

async function firstExecutable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}
