import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { makeImatrix, type WorkProgress } from "../../../src/deploy.ts";
import { fakeLlamaImatrix, makesMatrix, readsThreeChunks } from "../../support/fake-llama-imatrix.ts";
import { failureOf } from "../../support/loopback.ts";
import { smallLlama, writeGguf } from "../../support/model-files.ts";
import { writtenFolder } from "../../support/written-folder.ts";

/** A model and a text, and a program that does what a script says. */
function prepared(script: string) {
  const folder = writtenFolder({
    "small-F16.gguf": writeGguf(smallLlama.metadata, smallLlama.tensors),
    "text.txt": "Words that the model will read.",
    "matrix.gguf": writeGguf({ "general.type": "imatrix" }, []),
  });
  const program = fakeLlamaImatrix(script);
  const options = {
    text: join(folder, "text.txt"),
    programs: { "llama-imatrix": join(program, "llama-imatrix") },
    env: process.env,
  };
  return { folder, model: join(folder, "small-F16.gguf"), options, told: join(program, "arguments") };
}

const untouched = ["matrix.gguf", "small-F16.gguf", "text.txt"];

describe("makeImatrix", () => {
  test("makes a matrix beside the model, reads it back, and tells what it is", async () => {
    const { folder, model, options, told } = prepared(makesMatrix);
    const steps: WorkProgress[] = [];
    const made = await makeImatrix(model, { ...options, chunks: 3, onProgress: (step) => void steps.push(step) });
    expect(made).toEqual({
      path: join(folder, "small.imatrix.gguf"),
      sizeBytes: statSync(made.path).size,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      chunks: 3,
      chunkTokens: 512,
      tensors: 1,
      warnings: [],
    });
    expect(readdirSync(folder).toSorted()).toEqual([...untouched, "small.imatrix.gguf"].toSorted());
    const task = "reading the text, in 3 chunks";
    expect(steps.filter((step) => step.task === task).at(-1)).toEqual({ task, done: 3, total: 3 });
    // A whole path would stand in the matrix, and then in every model that is made with it.
    expect(readFileSync(told, "utf8")).toMatch(/ -f \.\/text\.txt .* -c 512 -b 512 --chunks 3\n$/);
  });

  test("replaces a target only where it is told to", async () => {
    const { folder, model, options } = prepared(makesMatrix);
    const target = join(folder, "there.gguf");
    writeFileSync(target, "before");
    expect(await failureOf(makeImatrix(model, { ...options, target }))).toMatchObject({
      code: "invalid-request",
      message: `${target} is there already.`,
      hint: "To quantize with it as it is, name it as imatrix. Set overwrite to replace it, or name another target.",
    });
    const { sizeBytes } = await makeImatrix(model, { ...options, target, overwrite: true });
    expect(statSync(target).size).toBe(sizeBytes);
  });

  test("without the program: how to get it", async () => {
    const { model, options } = prepared(makesMatrix);
    const { code, hint } = await failureOf(makeImatrix(model, { text: options.text, env: {} }));
    expect([code, hint]).toEqual(["not-found", expect.stringContaining("--target llama-quantize llama-imatrix")]);
  });

  test("experts that the text did not reach are a warning", async () => {
    const said = (name: string, percent: string) =>
      `echo "0.07.1 W save_imatrix: entry '     ${name}' has partial data (${percent}%)" >&2`;
    const { model, options } = prepared(
      [said("blk.0.ffn_up_exps.weight", "25.00"), said("blk.0.ffn_up_exps.weight", "43.75"), makesMatrix].join("\n"),
    );
    const { warnings } = await makeImatrix(model, options);
    expect(warnings).toEqual([expect.stringMatching(/all experts of 1 tensors, of one 43.75 % alone/)]);
  });

  test.each<[name: string, wrong: { readonly model?: string; readonly [option: string]: unknown }, string, RegExp]>([
    ["a folder as model", { model: "." }, "unsupported", /convert_hf_to_gguf.py/],
    ["a text as model", { model: "text.txt" }, "invalid-request", /not a GGUF file/],
    ["a matrix as model", { model: "matrix.gguf" }, "invalid-request", /no model/],
    ["no text", { text: "/nowhere/text.txt" }, "not-found", /does not exist/],
    ["a folder as text", { text: "/" }, "invalid-request", /not a file/],
    ["no chunk", { chunks: 0 }, "invalid-request", /whole number from 1/],
    ["a misspelt option", { chunk: 1 }, "invalid-request", /unknown option/],
  ])("%s is refused before anything runs", async (_, { model = "small-F16.gguf", ...wrong }, code, words) => {
    const { folder, options } = prepared("exit 9");
    const error = await failureOf(makeImatrix(join(folder, model), { ...options, ...wrong }));
    expect([error.code, `${error.message}\n${error.hint}`]).toEqual([code, expect.stringMatching(words)]);
    expect(readdirSync(folder).toSorted()).toEqual(untouched);
  });
});

/** What llama-imatrix b11434 says and ends with, and the error that comes of it. */
const faults: readonly (readonly [name: string, script: string, expected: object])[] = [
  [
    "has too little text",
    `echo "0.00.512.117 E compute_imatrix: you need at least 1024 tokens for a context of 512 tokens" >&2
echo "0.00.512.128 E compute_imatrix: the data file you provided tokenizes to only 3 tokens" >&2; exit 1`,
    { code: "invalid-request", message: "The text has 3 tokens, and two chunks are 1024." },
  ],
  [
    "cannot load the model",
    `echo "0.00.027.230 E llama_model_load: error loading model: unknown model architecture: 'new'" >&2
echo "0.00.027.234 E main : failed to init" >&2; exit 1`,
    { code: "invalid-request", message: "llama-imatrix cannot load the model: unknown model architecture: 'new'." },
  ],
  [
    "fails with its own words",
    `echo "0.00.127.234 E main : something odd" >&2; exit 1`,
    {
      code: "server",
      message: expect.stringMatching(/failed \(exit code 1\): main : something odd\.$/),
    },
  ],
  [
    "fails without a word",
    "exit 1",
    {
      code: "server",
      message: expect.stringMatching(/failed \(exit code 1\)\.$/),
      hint: expect.stringContaining("does llama-server load the model"),
    },
  ],
  ["is killed", `${readsThreeChunks}\nkill -9 $$`, { code: "server", hint: expect.stringContaining("memory ran out") }],
  [
    "finds the disk full, and ends with 0",
    `${readsThreeChunks}\nhead -c 100 "$ready" > "$made"
echo "0.01.381.959 E gguf_write_to_file: failed to write GGUF data into '$made'" >&2`,
    { code: "limit", message: expect.stringContaining("is full") },
  ],
  ["writes nothing", readsThreeChunks, { code: "server", message: expect.stringContaining("no matrix") }],
  ["writes another file", `echo no > "$made"`, { code: "server", message: expect.stringContaining("no matrix") }],
];

describe("a llama-imatrix that", () => {
  test.each(faults)("%s leaves nothing behind", async (_, script, expected) => {
    const { folder, model, options } = prepared(script);
    expect(await failureOf(makeImatrix(model, options))).toMatchObject(expected);
    expect(readdirSync(folder).toSorted()).toEqual(untouched);
  });

  test("hangs is ended by the signal", async () => {
    const { folder, model, options } = prepared(`${makesMatrix}\nsleep 600`);
    const stop = new AbortController();
    const watching = { signal: stop.signal, onProgress: () => stop.abort() };
    expect((await failureOf(makeImatrix(model, { ...options, ...watching }))).code).toBe("abort");
    expect(readdirSync(folder).toSorted()).toEqual(untouched);
  });

  test("hangs is ended by what onProgress throws", async () => {
    const { folder, model, options } = prepared(`${readsThreeChunks}\nsleep 600`);
    const thrown = new Error("enough");
    const onProgress = (): never => {
      throw thrown;
    };
    await expect(makeImatrix(model, { ...options, onProgress })).rejects.toBe(thrown);
    expect(readdirSync(folder).toSorted()).toEqual(untouched);
  });
});
