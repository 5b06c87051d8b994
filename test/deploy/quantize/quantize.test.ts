import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { predictQuantization, quantize, readModel, type WorkProgress } from "../../../src/deploy.ts";
import { isGgufTypeName } from "../../../src/deploy/shape/gguf-types.ts";
import { fakeLlamaImatrix, makesMatrix } from "../../support/fake-llama-imatrix.ts";
import { failureOf } from "../../support/loopback.ts";
import { smallLlama, writeGguf, type WrittenTensor } from "../../support/model-files.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const help = `echo "   2  or  Q4_0    :  4.34G"; echo "   7  or  Q8_0    :  7.96G"; echo "  15  or  Q4_K    : alias for Q4_K_M"
  echo "  15  or  Q4_K_M  :  4.58G"; echo "  19  or  IQ2_XXS :  2.06 bpw"; exit 0`;

/** Tells of two tensors as the program does, the second in two pieces. */
const said = `echo "[   1/  20] output_norm.weight                   - [   256,      1,      1,      1], type =    f32, size =    0.001 MiB" >&2
printf "[   2/  20] token_embd.weight                    - [   256,   2000,      1,      1], type =    f16, conver" >&2
echo "ting to q8_0 .. size =     0.98 MiB ->     0.52 MiB" >&2`;

const wide = smallLlama.tensors.map((tensor): WrittenTensor => ({
  ...tensor,
  type: tensor.type === "F32" ? "F32" : "F16",
}));

/** A small model of 16 bits, what llama-quantize makes of it as Q8_0, and a program in its place that does what a script says. */
async function prepared(
  script: string,
  change: (tensors: WrittenTensor[]) => WrittenTensor[] = (same) => same,
  extra = {},
) {
  const folder = writtenFolder({
    "small-F16.gguf": writeGguf({ ...smallLlama.metadata, "general.file_type": 1 }, wide),
  });
  const source = join(folder, "small-F16.gguf");
  const { tensors } = predictQuantization(await readModel(source), "Q8_0").shape;
  const made = change(
    tensors.map(({ name, type, shape }) => ({ name, shape, type: isGgufTypeName(type) ? type : "F32" })),
  );
  const ready = writtenFolder({
    "ready.gguf": writeGguf({ ...smallLlama.metadata, "general.file_type": 7, ...extra }, made),
  });
  const program = join(ready, "llama-quantize");
  const text = `#!/bin/sh\nif [ "$1" = --help ]; then ${help}; fi\nready='${join(ready, "ready.gguf")}'\n${script}\n`;
  writeFileSync(program, text);
  chmodSync(program, 0o755);
  return { source, folder, program, options: { programs: { "llama-quantize": program }, env: process.env } };
}

const makes = `${said}\ncp "$ready" "$2"`;

describe("quantize", () => {
  test("makes a file, reads it back, and tells what it is", async () => {
    const { source, folder, options } = await prepared(makes);
    const steps: WorkProgress[] = [];
    const made = await quantize(source, "q8_0", { ...options, onProgress: (step) => void steps.push(step) });
    expect(made).toMatchObject({
      path: join(folder, "small-Q8_0.gguf"),
      type: "Q8_0",
      sourceBytes: statSync(source).size,
      fileBytes: statSync(made.path).size,
      warnings: [],
    });
    expect(made.file).toEqual({
      path: made.path,
      sizeBytes: made.fileBytes,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(made.bitsPerWeight).toBeGreaterThan(8);
    expect(Object.keys(made.tensors)).toEqual(["Q8_0", "F32"]);
    expect(readdirSync(folder).toSorted()).toEqual(["small-F16.gguf", "small-Q8_0.gguf"]);
    expect(steps.slice(0, 3)).toEqual(
      [0, 1, 20].map((done) => ({ task: "quantizing to Q8_0", done, total: 20, unit: "tensors" })),
    );
    expect(steps.at(-1)).toMatchObject({ done: made.fileBytes, unit: "bytes" });
  });

  test("replaces a target only where it is told to", async () => {
    const { source, folder, options } = await prepared(makes);
    const target = join(folder, "there.gguf");
    writeFileSync(target, "before");
    const refused = await failureOf(quantize(source, "Q8_0", { ...options, target }));
    expect(refused).toMatchObject({ code: "invalid-request", message: `${target} is there already.` });
    expect(statSync(target).size).toBe(6);
    const { fileBytes } = await quantize(source, "Q8_0", { ...options, target, overwrite: true });
    expect(statSync(target).size).toBe(fileBytes);
  });

  test("without the program: how to get it", async () => {
    const { source } = await prepared(makes);
    const { code, hint } = await failureOf(quantize(source, "Q8_0", { env: {} }));
    expect([code, hint]).toEqual(["not-found", expect.stringContaining("--target llama-quantize")]);
  });

  test.each([
    ["Q4KM", 'Did you mean "Q4_K_M"? It makes: Q4_0, Q8_0, Q4_K_M, IQ2_XXS.'],
    ["Q6_K", "It makes: Q4_0, Q8_0, Q4_K_M, IQ2_XXS."], // the library knows it, and this program does not
    ["COPY", "It makes: Q4_0, Q8_0, Q4_K_M, IQ2_XXS."],
  ])("%s is no type", async (type, hint) => {
    const { source, options } = await prepared(makes);
    const error = await failureOf(quantize(source, type, options));
    expect(error.code).toBe("invalid-request");
    expect(error.hint).toContain(hint);
  });

  test("what needs an importance matrix says so before it starts", async () => {
    const { source, folder, options } = await prepared(makes);
    const error = await failureOf(quantize(source, "IQ2_XXS", options));
    expect(error).toMatchObject({ code: "invalid-request", message: expect.stringContaining("importance matrix") });
    expect(readdirSync(folder)).toEqual(["small-F16.gguf"]);
  });

  test("a quantized source is refused, or taken with a warning", async () => {
    const { source, options } = await prepared(makes);
    const { path } = await quantize(source, "Q8_0", options);
    const again = { ...options, target: `${path}.again.gguf` };
    expect(await failureOf(quantize(path, "Q8_0", again))).toMatchObject({
      code: "invalid-request",
      message: "The source is quantized to Q8_0 already.",
    });
    const shifted = await prepared(`while [ "$#" -gt 3 ]; do shift; done\n${makes}`);
    const { warnings } = await quantize(path, "Q8_0", { ...again, ...shifted.options, allowRequantize: true });
    expect(warnings.join()).toContain("what it lost stays lost");
  });

  test("a folder of safetensors: the commands that make a file of it", async () => {
    const { options } = await prepared(makes);
    const folder = writtenFolder({ "my model/config.json": {} });
    const { code, hint } = await failureOf(quantize(join(folder, "my model"), "q4_k_m", options));
    expect(code).toBe("unsupported");
    expect(hint).toContain(`python convert_hf_to_gguf.py '${join(folder, "my model")}' --outtype bf16`);
    expect(hint).toContain("llama-quantize 'my model-BF16.gguf' 'my model-Q4_K_M.gguf' Q4_K_M");
  });

  test.each([
    ["target", { target: "x.bin" }],
    ["tensor type", { outputTensorType: "Q4_K_M" }],
    ["threads", { threads: 0 }],
    ["unknown option", { treads: 1 }],
  ])("a wrong %s", async (_, wrong) => {
    const { source, options } = await prepared(makes);
    expect((await failureOf(quantize(source, "Q8_0", { ...options, ...wrong }))).code).toBe("invalid-request");
  });
});

describe("quantize with an importance matrix", () => {
  const takesOptions = `while [ "$#" -gt 3 ]; do shift; done\n${makes}`;
  const lacks = (name: string) => `echo "\n====== llama_model_quantize_impl: did not find weights for ${name}" >&2\n`;
  const used = { "quantize.imatrix.entries_count": 14, "quantize.imatrix.chunks_count": 3 };

  test("is told what the model's file says of it, and what it has nothing for", async () => {
    const script = lacks("token_embd.weight") + lacks("blk.1.ffn_up.weight") + takesOptions;
    const { source, options, folder } = await prepared(script, undefined, used);
    const imatrix = join(folder, "small.imatrix.gguf");
    writeFileSync(imatrix, "the program reads it");
    const made = await quantize(source, "Q8_0", { ...options, imatrix });
    expect(made.imatrix).toEqual({ path: imatrix, tensors: 14, chunks: 3 });
    expect(made.warnings).toEqual(["The importance matrix has nothing for blk.1.ffn_up.weight."]);
  });

  test("is refused where the program made a model without it", async () => {
    const { source, options, folder } = await prepared(takesOptions);
    const error = await failureOf(quantize(source, "Q8_0", { ...options, imatrix: source }));
    expect([error.code, error.message]).toEqual(["server", expect.stringContaining("without the importance matrix")]);
    expect(readdirSync(folder)).toEqual(["small-F16.gguf"]);
  });

  test("makes one of a text first, which stays", async () => {
    const { source, options, folder, program } = await prepared(takesOptions, undefined, used);
    const text = join(writtenFolder({ "text.txt": "Words." }), "text.txt");
    const programs = {
      "llama-quantize": program,
      "llama-imatrix": join(fakeLlamaImatrix(makesMatrix), "llama-imatrix"),
    };
    const tasks = new Set<string>();
    const onProgress = ({ task }: WorkProgress): void => void tasks.add(task);
    const { imatrix } = await quantize(source, "Q8_0", { ...options, programs, imatrix: { text }, onProgress });
    expect(imatrix?.path).toBe(join(folder, "small.imatrix.gguf"));
    expect(readdirSync(folder).toSorted()).toEqual(["small-F16.gguf", "small-Q8_0.gguf", "small.imatrix.gguf"]);
    expect([...tasks]).toEqual(["reading the text, in 3 chunks", "pinning 1 file", "quantizing to Q8_0"]);
  });

  test("reads no text for what will be refused", async () => {
    const { source, options, folder } = await prepared(takesOptions);
    const wrong = { ...options, imatrix: { text: source }, target: source };
    expect((await failureOf(quantize(source, "Q8_0", wrong))).message).toContain("the source itself");
    expect(readdirSync(folder)).toEqual(["small-F16.gguf"]);
  });
});

/** What the program may do wrong, and the error that comes of it. */
interface ProgramFault {
  readonly name: string;
  readonly script: string;
  readonly expected: object;
  readonly change?: (tensors: WrittenTensor[]) => WrittenTensor[];
  readonly extra?: object;
}

const rows: readonly (readonly [
  name: string,
  script: string,
  expected: object,
  change?: (tensors: WrittenTensor[]) => WrittenTensor[],
  extra?: object,
])[] = [
  [
    "dies midway",
    `${said}\nhead -c 5000 "$ready" > "$2"\nkill -9 $$`,
    { code: "server", retryable: false, hint: expect.stringContaining("memory ran out") },
  ],
  [
    "fails with its own words",
    `${said}\nhead -c 5000 "$ready" > "$2"\necho "llama_model_quantize: failed to quantize: something odd" >&2; exit 1`,
    { code: "server", message: expect.stringContaining("something odd") },
  ],
  [
    "finds the disk full",
    `head -c 5000 "$ready" > "$2"\necho "llama_model_quantize: failed to quantize: basic_ios::clear: iostream error" >&2; exit 1`,
    { code: "limit", message: expect.stringMatching(/is full: [\d.,]+ [MG]iB were free/) },
  ],
  [
    "writes less",
    `head -c 5000 "$ready" > "$2"`,
    { code: "server", message: expect.stringContaining("cannot be read") },
  ],
  ["writes nothing", `exit 0`, { code: "server", message: expect.stringContaining("cannot be read") }],
  ["writes garbage", `head -c 90000 /dev/urandom > "$2"`, { code: "server" }],
  [
    "prints garbage and writes garbage",
    `head -c 300000 /dev/urandom; head -c 300000 /dev/urandom >&2; echo no > "$2"`,
    { code: "server" },
  ],
  [
    "writes another type",
    makes,
    { code: "server", message: expect.stringMatching(/token_embd\.weight is of type Q4_0, and not Q8_0/) },
    (tensors) => tensors.map((tensor) => (tensor.name === "token_embd.weight" ? { ...tensor, type: "Q4_0" } : tensor)),
  ],
  [
    "leaves a tensor out",
    makes,
    { code: "server", message: expect.stringMatching(/it has \d+ tensors, and the source \d+/) },
    (tensors) => tensors.slice(0, -1),
  ],
  [
    "calls it something else",
    makes,
    { code: "server", message: expect.stringContaining("calls itself Q4_0") },
    (tensors) => tensors,
    { "general.file_type": 2 },
  ],
  [
    "loses the template",
    makes,
    { code: "server", message: expect.stringContaining("tokenizer.chat_template") },
    (tensors) => tensors,
    { "tokenizer.chat_template": "" },
  ],
];

const faults = rows.map(([name, script, expected, change, extra]): ProgramFault => ({
  name,
  script,
  expected,
  ...(change ? { change } : {}),
  ...(extra ? { extra } : {}),
}));

describe("a llama-quantize that", () => {
  test.each(faults)("$name leaves nothing behind", async ({ script, expected, change, extra }) => {
    const { source, folder, options } = await prepared(script, change, extra);
    expect(await failureOf(quantize(source, "Q8_0", options))).toMatchObject(expected);
    expect(readdirSync(folder)).toEqual(["small-F16.gguf"]);
  });

  test("hangs is ended by the signal", async () => {
    const { source, folder, options } = await prepared(`${said}\nhead -c 5000 "$ready" > "$2"\nsleep 600`);
    const stop = new AbortController();
    const error = await failureOf(
      quantize(source, "Q8_0", { ...options, signal: stop.signal, onProgress: () => stop.abort() }),
    );
    expect(error.code).toBe("abort");
    expect(readdirSync(folder)).toEqual(["small-F16.gguf"]);
  });

  test("hangs is ended by what onProgress throws", async () => {
    const { source, folder, options } = await prepared(`${said}\nsleep 600`);
    const thrown = new Error("enough");
    const onProgress = (): never => {
      throw thrown;
    };
    await expect(quantize(source, "Q8_0", { ...options, onProgress })).rejects.toBe(thrown);
    expect(readdirSync(folder)).toEqual(["small-F16.gguf"]);
  });

  test("says that it gives another type is believed, with a warning", async () => {
    const { source, options } = await prepared(`${said.replace("q8_0", "q4_0")}\ncp "$ready" "$2"`, (tensors) =>
      tensors.map((tensor) => (tensor.name === "token_embd.weight" ? { ...tensor, type: "Q4_0" } : tensor)),
    );
    const { warnings } = await quantize(source, "Q8_0", options);
    expect(warnings.join()).toContain("token_embd.weight is Q4_0, not Q8_0");
  });

  test("runs while this process is killed leaves nothing behind", async () => {
    const { source, folder, program } = await prepared(`${said}\nhead -c 5000 "$ready" > "$2"\nsleep 600`);
    const deploy = fileURLToPath(new URL("../../../src/deploy.ts", import.meta.url));
    const code = `import { quantize } from ${JSON.stringify(deploy)};
      const options = { programs: { "llama-quantize": ${JSON.stringify(program)} }, onProgress: () => console.log("runs") };
      quantize(${JSON.stringify(source)}, "Q8_0", options);`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
      cwd: dirname(dirname(deploy)),
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(readdirSync(folder)).toHaveLength(2);
    child.kill("SIGKILL");
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toEqual(["small-F16.gguf"]);
  });
});
