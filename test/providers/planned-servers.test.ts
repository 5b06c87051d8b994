import { describe, expect, test } from "vitest";

import { llamacppEngine, ollamaEngine, plan, vllmEngine, type Engine, type Plan } from "../../src/deploy.ts";
import { smallLlama, writeGguf } from "../support/model-files.ts";
import { writtenFolder } from "../support/written-folder.ts";

const engines: readonly Engine[] = [vllmEngine, llamacppEngine, ollamaEngine];
const made = (engine: string, more: object = {}): Promise<Plan> =>
  plan({ model: "ministral-3b", on: "1x L4, ram 64GB", engine, context: 4_096, ...more });

describe.each(engines)("$name", (engine) => {
  test.each([
    ["127.0.0.1", 81],
    ["0.0.0.0", 0],
    ["::1", 8_080],
    ["::", 8_080],
  ])("is read to listen at %s and port %i", async (address, port) => {
    expect(engine.planned(await made(engine.name, { address, port }))).toMatchObject({ address, port });
  });

  test("is asked for a published model by a name, and no file of it is needed", async () => {
    const planned = await made(engine.name);
    const { model, files } = engine.planned(planned);
    expect(files).toEqual([]);
    if (engine.name === "ollama") expect(model).toMatch(/^hf\.co\/mistralai\/.*-GGUF:Q\w+$/);
    else expect(model).toBe(planned.model.name);
  });

  test("listens at its usual place where nothing says so", async () => {
    const planned = await made(engine.name);
    const command = planned.command.slice(0, 3);
    expect(engine.planned({ ...planned, command, environment: {} })).toMatchObject({
      address: "127.0.0.1",
      port: engine.port,
    });
  });
});

test("files are those that the command names, whoever wrote it", async () => {
  const path = `${writtenFolder({ "a b.gguf": writeGguf(smallLlama.metadata, smallLlama.tensors) })}/a b.gguf`;
  const [ofLlama, ofOllama] = await Promise.all(
    ["llamacpp", "ollama"].map((engine) => plan({ model: path, on: "cpu 16GB", engine })),
  );
  if (!ofLlama || !ofOllama) throw new Error("no plans");
  expect(llamacppEngine.planned(ofLlama).files).toEqual([path]);
  expect(ollamaEngine.planned(ofOllama)).toMatchObject({ files: [path], model: ofOllama.model.name });
  const command = [...ofLlama.command, "--mmproj=/models/eyes.gguf", "--chat-template-file", "/t.jinja"];
  expect(llamacppEngine.planned({ ...ofLlama, command })).toMatchObject({
    files: [path, "/models/eyes.gguf"],
    templateFile: "/t.jinja",
  });
});

test("what an Ollama is made of is the file that is made, and not what that is made of", async () => {
  const planned = await plan({ model: "mistral-nemo", on: "1x L4, ram 64GB", engine: "ollama", context: 4_096 });
  const { model, files } = ollamaEngine.planned(planned);
  expect(model).toBe("mistral-nemo");
  expect(files).toEqual([expect.stringMatching(/^mistral-nemo-.*\.gguf$/)]);
  expect(planned.prepare.at(-1)).toBe(`printf 'FROM ${files[0]}\\n' > Modelfile`);
});

describe("vLLM", () => {
  test.each([
    ["/models/mine", ["/models/mine"]],
    ["./mine", ["./mine"]],
    ["mistralai/Ministral", []],
    ["https://models.corp.example/mine", []],
  ])("serves %s, of which the files are %j", async (place, files) => {
    const planned = await made("vllm");
    expect(vllmEngine.planned({ ...planned, command: planned.command.with(2, place) }).files).toEqual(files);
  });

  test("a folder of one's own needs no path's look", async () => {
    const planned = await made("vllm");
    const model = { ...planned.model, origin: "files", source: "models/mine" } as const;
    const command = [...planned.command.with(2, "models/mine"), "--dtype", "half"];
    expect(vllmEngine.planned({ ...planned, model, command })).toMatchObject({ files: ["models/mine"], dtype: "half" });
  });
});

test.each([
  ["10.0.0.7:81", "10.0.0.7", 81],
  ["10.0.0.7", "10.0.0.7", 11_434],
  [":81", "0.0.0.0", 81],
  ["[::1]:81", "::1", 81],
  ["::1", "::1", 11_434],
  ["http://models.corp.example", "models.corp.example", 80],
  ["", "127.0.0.1", 11_434],
])("an Ollama with OLLAMA_HOST=%s listens at %s and port %i", async (value, address, port) => {
  const planned = await made("ollama");
  expect(ollamaEngine.planned({ ...planned, environment: { OLLAMA_HOST: value } })).toMatchObject({ address, port });
});
