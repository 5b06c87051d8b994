import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { MadeImatrix } from "../../src/deploy.ts";
import { writtenIn } from "../support/command-line.ts";
import { fakeLlamaImatrix, makesMatrix } from "../support/fake-llama-imatrix.ts";
import { smallLlama, writeGguf } from "../support/model-files.ts";
import { writtenFolder } from "../support/written-folder.ts";

/** A model, a text, and a llama-imatrix on PATH that does what a script says. */
function prepared(script: string) {
  const folder = writtenFolder({
    "small-F16.gguf": writeGguf(smallLlama.metadata, smallLlama.tensors),
    "text.txt": "Words that the model will read.",
  });
  const programs = fakeLlamaImatrix(script);
  const env = { PATH: `${programs}:${process.env["PATH"]}` };
  return { folder, source: join(folder, "small-F16.gguf"), text: join(folder, "text.txt"), env, programs };
}

test("--imatrix-text without a type makes the matrix, shows how far it is, and says where it lies", async () => {
  const { folder, source, text, env } = prepared(makesMatrix);
  const { code, out, problem } = await writtenIn({ env }, "quantize", source, "--imatrix-text", text);
  expect([code, out]).toEqual([0, expect.stringContaining("data of 1 tensors, from 3 chunks of 512 tokens")]);
  expect(out).toContain(join(folder, "small.imatrix.gguf"));
  expect(problem).toContain("reading the text, in 3 chunks: 100 %, 3 of 3");
  const again = await writtenIn({ env }, "quantize", source, "--imatrix-text", text);
  expect([again.code, again.problem]).toEqual([2, expect.stringContaining("is there already")]);
});

test("--imatrix says where it is to lie, and --json what it is", async () => {
  const { folder, source, text, env } = prepared(makesMatrix);
  const to = join(folder, "mine.gguf");
  const args = ["quantize", source, "--imatrix-text", text, "--imatrix", to, "--json"];
  const { code, out, problem } = await writtenIn({ env }, ...args);
  expect([code, problem]).toEqual([0, ""]);
  expect(JSON.parse(out) as MadeImatrix).toMatchObject({ path: to, chunks: 3, tensors: 1, warnings: [] });
});

test("a wrong type is told before the text is read", async () => {
  const { folder, source, text, env, programs } = prepared("exit 1");
  const quantize = join(programs, "quantize");
  writeFileSync(quantize, `#!/bin/sh\necho "   2  or  Q4_0    :  4.34G"`);
  chmodSync(quantize, 0o755);
  const args = ["quantize", source, "Q4_K_X", "--imatrix-text", text, "--program", `llama-quantize=${quantize}`];
  const { code, problem } = await writtenIn({ env }, ...args);
  expect([code, problem]).toEqual([2, expect.stringContaining('llama-quantize makes no "Q4_K_X"')]);
  expect(existsSync(join(folder, "small.imatrix.gguf"))).toBe(false);
});

test.each([
  [["--imatrix-text", "TEXT", "--pure"], "--pure goes with a TYPE."],
  [["--imatrix-text", "TEXT", "--imatrix", "a.gguf", "--out", "b.gguf"], "--imatrix and --out name the same file"],
  [["Q4_K_M", "--parse-special"], "--parse-special goes with --imatrix-text."],
  [["http://127.0.0.1:9", "--compare", "--threads", "2"], "--threads does not go with --compare."],
  [[], "Two things are to be named"],
  [["Q4_K_M", "--program", "llama-quantize"], '"llama-quantize" names no path.'],
])("%j is refused", async (words, message) => {
  const { source, text, env } = prepared(makesMatrix);
  const args = words.map((word) => (word === "TEXT" ? text : word));
  const { code, problem } = await writtenIn({ env }, "quantize", source, ...args);
  expect([code, problem]).toEqual([2, expect.stringContaining(message)]);
});

test("Ctrl-C leaves nothing half made", async () => {
  const { folder, source, text, env } = prepared(`${makesMatrix}\nsleep 600`);
  const before = readdirSync(folder);
  let interrupt = (): void => undefined;
  const surroundings = {
    env,
    onInterrupt: (listener: () => void) => {
      interrupt = listener;
      return { [Symbol.dispose]: () => undefined };
    },
    problem: (words: string) => void (words.includes("3 of 3") && interrupt()),
  };
  const { code } = await writtenIn(surroundings, "quantize", source, "--imatrix-text", text);
  expect(code).toBe(1);
  expect(readdirSync(folder)).toEqual(before);
});
