import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { cacheFolder } from "../../scripts/servers/cache.ts";
import { prepareCompiled } from "../../scripts/servers/index.ts";
import { readyModel } from "../../scripts/servers/models.ts";
import { runToSuccess } from "../../scripts/servers/run.ts";
import {
  comparisonText,
  fileSource,
  makeImatrix,
  predictQuantization,
  quantize,
  readGguf,
  readModel,
  type GgufMixture,
  type MadeImatrix,
  type WorkProgress,
} from "../../src/deploy.ts";
import { failureOf } from "../support/loopback.ts";

const cli = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));

async function metadataOf(path: string) {
  const source = await fileSource(path);
  try {
    return (await readGguf(source)).metadata;
  } finally {
    await source.close();
  }
}

describe("a real importance matrix", () => {
  let folder = "";
  let source = "";
  let text = "";
  let programs: Readonly<Record<string, string>> = {};
  let made: MadeImatrix;
  const steps: WorkProgress[] = [];

  // Of SmolLM2 the first layer alone, so that all takes seconds; the text is read once for all tests, in two chunks.
  beforeAll(async () => {
    const { llamaQuantize, llamaImatrix } = await prepareCompiled({ onProgress: console.error });
    programs = { "llama-quantize": llamaQuantize, "llama-imatrix": llamaImatrix };
    folder = await mkdtemp(join(tmpdir(), "inhouse-imatrix-"));
    const model = (await readyModel(cacheFolder())) ?? "";
    source = join(folder, "smollm2-F16.gguf");
    const layers = Array.from({ length: 29 }, (_, layer) => layer + 1).join();
    await runToSuccess(llamaQuantize, ["--allow-requantize", "--prune-layers", layers, model, source, "F16"]);
    text = join(folder, "text.txt");
    await writeFile(text, comparisonText);
    const onProgress = (step: WorkProgress): void => void steps.push(step);
    made = await makeImatrix(source, { text, chunkTokens: 128, threads: 1, programs, onProgress });
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("has data of every tensor that is quantized, and tells nothing of this machine", async () => {
    expect(made).toMatchObject({
      path: join(folder, "smollm2.imatrix.gguf"),
      chunks: 2,
      chunkTokens: 128,
      tensors: 7,
      warnings: [],
    });
    expect((await metadataOf(made.path)).get("imatrix.datasets")).toMatchObject({ values: ["./text.txt"] });
    const task = "reading the text, in 2 chunks";
    expect(steps.filter((step) => step.task === task).at(-1)).toEqual({ task, done: 2, total: 2 });
  });

  test.each<GgufMixture>(["IQ2_XS", "IQ3_XXS", "Q4_K_M"])("%s is made with it, as large as predicted", async (type) => {
    const result = await quantize(source, type, { imatrix: made.path, programs });
    expect(result).toMatchObject({ imatrix: { path: made.path, tensors: 7, chunks: 2 }, warnings: [] });
    const predicted = predictQuantization(await readModel(source), type, { importanceMatrix: true });
    expect((await readModel(result.path)).weightBytes).toBe(predicted.weightBytes);
    // What stands of the matrix in the file is not predicted.
    expect(result.fileBytes - predicted.fileBytes).toBeGreaterThan(0);
    expect(result.fileBytes - predicted.fileBytes).toBeLessThan(512);
    const metadata = await metadataOf(result.path);
    expect(
      ["file", "dataset", "entries_count", "chunks_count"].map((what) => metadata.get(`quantize.imatrix.${what}`)),
    ).toEqual(["./smollm2.imatrix.gguf", "./text.txt", 7, 2]);
  });

  test("makes other weights of the same size", async () => {
    const target = join(folder, "without.gguf");
    const without = await quantize(source, "Q4_K_M", { target, programs });
    const withMatrix = join(folder, "with.gguf");
    const { file, tensors } = await quantize(source, "Q4_K_M", { target: withMatrix, imatrix: made.path, programs });
    expect(tensors).toEqual(without.tensors);
    expect(file.sha256).not.toBe(without.file.sha256);
  });

  test("in the older format is taken too", async () => {
    const imatrix = join(folder, "smollm2.imatrix.dat");
    const args = ["-m", source, "--in-file", made.path, "--output-format", "dat", "-o", imatrix];
    await runToSuccess(programs["llama-imatrix"] ?? "", args);
    const target = join(folder, "of-dat.gguf");
    const result = await quantize(source, "Q4_K_M", { imatrix, target, programs });
    expect(result.imatrix).toMatchObject({ path: imatrix, tensors: 7 });
  });

  test("takes the marks of a chat format as such where it is told to", async () => {
    const chat = join(folder, "chat.txt");
    await writeFile(chat, "<|im_start|>user\nHow are you?<|im_end|>\n".repeat(20));
    const options = { text: chat, target: join(folder, "chat.gguf"), overwrite: true, chunkTokens: 64, programs };
    const [asLetters, asMarks] = [
      await makeImatrix(source, options),
      await makeImatrix(source, { ...options, parseSpecial: true }),
    ];
    expect(asMarks.chunks).toBeLessThan(asLetters.chunks);
  });

  test("needs a text of two chunks, and a model", async () => {
    const target = join(folder, "none.gguf");
    const short = await failureOf(makeImatrix(source, { text, target, programs }));
    expect(short).toMatchObject({ code: "invalid-request", message: expect.stringMatching(/has \d+ tokens, .* 1024/) });
    const matrix = await failureOf(makeImatrix(made.path, { text, target, programs }));
    expect(matrix.message).toContain("is no model");
    expect(await readdir(folder)).not.toContain("none.gguf");
  });

  test("another file in its place is refused", async () => {
    const target = join(folder, "none.gguf");
    for (const imatrix of [text, source]) {
      const { code, message } = await failureOf(quantize(source, "Q4_K_M", { imatrix, target, programs }));
      expect([code, message]).toEqual(["invalid-request", expect.stringContaining("importance matrix cannot be read")]);
    }
  });

  test("Ctrl-C at the command line ends the program and leaves nothing", async () => {
    const long = join(folder, "long.txt");
    await writeFile(long, comparisonText.repeat(60));
    const before = await readdir(folder);
    const options = ["--imatrix-text", long, "--imatrix", join(folder, "long.imatrix.gguf"), "--threads", "1"];
    const places = ["--program", `llama-imatrix=${programs["llama-imatrix"]}`];
    const args = ["--import", "tsx", cli, "quantize", source, ...options, ...places];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let problem = "";
    child.stderr.setEncoding("utf8").on("data", (words: string) => {
      if (!problem.includes(" chunks: ") && (problem + words).includes(" chunks: ")) child.kill("SIGINT");
      problem += words;
    });
    const [code] = (await once(child, "close")) as [number | null];
    expect([code, problem]).toEqual([1, expect.stringContaining("inhouse quantize: ")]);
    expect(await readdir(folder)).toEqual(before);
    expect(spawnSync("pgrep", ["-f", folder]).stdout.toString()).toBe("");
  });
});
