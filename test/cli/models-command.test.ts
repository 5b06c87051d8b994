import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import type { FetchedModel } from "../../src/deploy.ts";
import { writtenIn } from "../support/command-line.ts";
import { modelMirror } from "../support/model-mirror.ts";
import { writtenFolder } from "../support/written-folder.ts";

const files = { "config.json": Buffer.from("{}"), "model.safetensors": Buffer.alloc(300_000, "weights") };

/** What a command writes and ends with, in an environment. */
const written = (env: Readonly<Record<string, string>>, ...args: readonly string[]) => writtenIn({ env }, ...args);

test("fetch, check, and check again when a file has changed", async () => {
  const mirror = await modelMirror({ files });
  const to = join(writtenFolder({}), "model");
  const env = { HF_ENDPOINT: mirror.url, HF_TOKEN: "secret-key" };
  const fetched = await written(env, "models", "fetch", "hf:a/b@main", "--to", to);
  expect(fetched.code).toBe(0);
  expect(fetched.out).toMatch(new RegExp(`^${to}\nrevision ${mirror.commit}\n2 files, .*all as promised\n$`));
  expect(fetched.problem).toMatch(/fetching a\/b: 100 %/);
  expect(mirror.keys[0]).toBe("Bearer secret-key");
  expect(await written({}, "models", "check", to)).toMatchObject({
    code: 0,
    problem: expect.stringContaining("100 %"),
  });
  expect(await written({}, "models", "fetch", "hf:a/b", "--to", to, "--offline")).toMatchObject({ code: 0 });

  writeFileSync(join(to, "config.json"), "[]");
  const { code, out, problem } = await written({}, "models", "check", to, "--json");
  expect([code, problem]).toEqual([1, ""]);
  expect(JSON.parse(out)).toMatchObject([
    { folder: to, files: 2, problems: [{ kind: "digest", path: "config.json" }] },
  ]);
  expect((await written({}, "models", "check", to)).out).toMatch(
    /1 of 2 files are wrong\n +config.json has (other|\d+) bytes/,
  );
});

test("--json is the model, and nothing else", async () => {
  const mirror = await modelMirror({ files });
  const to = join(writtenFolder({}), "model");
  const args = ["models", "fetch", `oci://${mirror.host}/a/b:1`, "--insecure", "--to", to, "--json"];
  const { code, out, problem } = await written({}, ...args);
  expect([code, problem]).toEqual([0, ""]);
  expect((JSON.parse(out) as FetchedModel).path).toBe(to);
});

test("Ctrl-C leaves what has come, and nothing else", async () => {
  const mirror = await modelMirror({ files, faults: { "model.safetensors": "silent" } });
  const to = join(writtenFolder({}), "model");
  const cli = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));
  const args = ["--import", "tsx", cli, "models", "fetch", "hf:a/b", "--endpoint", mirror.url, "--to", to];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let problem = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (problem += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await Promise.race([mirror.silent, ended]);
  const part = join(to, "model.safetensors.part");
  await expect.poll(() => (existsSync(part) ? statSync(part).size : 0), { timeout: 10_000 }).toBe(150_000);
  child.kill("SIGINT");
  expect(await ended).toBe(1);
  expect(problem).toContain("inhouse models: The call was aborted.");
  expect(readdirSync(to).toSorted()).toEqual(["config.json", "model.safetensors.part", "model.safetensors.part.json"]);
});

test("lists folders and Ollama's store", async () => {
  const manifest = { layers: [{ size: 1_073_741_824 }, { size: 10 }] };
  const store = writtenFolder({
    "manifests/registry.ollama.ai/library/smollm2/135m": manifest,
    "manifests/127.0.0.1:5000/team/own/latest": manifest,
  });
  const folder = writtenFolder({
    "a-00001-of-00002.gguf": Buffer.alloc(1_048_576),
    "a-00002-of-00002.gguf": Buffer.alloc(1_048_576),
    "b/model.safetensors": "x",
  });
  const { code, out } = await written({ OLLAMA_MODELS: store }, "models", folder);
  expect(code).toBe(0);
  expect(out).toMatch(/a-00001-of-00002\.gguf +2 MiB\n +b +0 MiB/);
  expect(out).toMatch(/smollm2:135m +1\.0 GiB/);
  expect(out).toContain("127.0.0.1:5000/team/own:latest");
});

test.each([
  [["fetch"], /One source and --to/],
  [["fetch", "hf:a/b", "--to", "/tmp/x"], /HF_ENDPOINT/],
  [["fetch", "s3://bucket/x", "--to", "/tmp/x"], /not a source that is known/],
  [["fetch", "ollama://nothing", "--to", "/tmp/x"], /names no registry/],
  [["check"], /needs a folder/],
  [["check", "/tmp", "--offline"], /--offline is for fetch only/],
])("models %j is wrong usage", async (args, message) => {
  const { code, out, problem } = await written({}, "models", ...args);
  expect([code, out]).toEqual([2, ""]);
  expect(problem).toMatch(message);
});
