import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { describe, expect, onTestFinished, test } from "vitest";

import type { Plan } from "../../src/deploy.ts";
import { fakeLlamacpp, fakeVllm } from "../../src/testing/index.ts";
import { written } from "../support/command-line.ts";
import { freePort } from "../support/loopback.ts";
import { writtenFolder } from "../support/written-folder.ts";

const cli = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));

/** As a user runs it. */
async function started(...args: readonly string[]) {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", cli, ...args]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { readonly code: number; readonly stdout: string; readonly stderr: string };
  }
}

describe("inhouse, started", () => {
  test("prints a plan", async () => {
    const { code, stdout } = await started("plan", "ministral-8b", "--on", "1x RTX 4000 Ada", "--context", "32k");
    expect(code).toBe(0);
    expect(stdout).toContain("vllm serve mistralai/Ministral-3-8B-Instruct-2512 \\\n");
    expect(stdout).toContain("--max-model-len 32768 \\\n");
    expect(stdout).toContain("room for 18.4 GiB of 20.0 GiB");
  });

  test("ends with 1 and the way out where the model does not fit", async () => {
    const { code, stdout, stderr } = await started("plan", "mistral-large-3", "--on", "1x L4");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^inhouse plan: Mistral Large 3 .* does not fit on 1x L4[^]*\nThese fit: 8x H100/);
    expect(stderr).not.toContain("    at ");
  });
});

describe("inhouse plan", () => {
  test("--json is the plan, and nothing else", async () => {
    const { code, out, problem } = await written("plan", "mistral-7b", "--on", "1x L4", "--parallel", "2", "--json");
    expect([code, problem]).toEqual([0, ""]);
    const { engine, parallel, command } = JSON.parse(out) as Plan;
    expect([engine, parallel, command[0]]).toEqual(["vllm", 2, "vllm"]);
  });

  test("--json is the error where there is no plan", async () => {
    const { code, out } = await written("plan", "mistral-large-3", "--on", "1x L4", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: "unsupported", hint: expect.stringContaining("8x H100") } });
  });

  test.each([
    [["plan"], /No model is named/],
    [["plan", "a", "b"], /More than one model/],
    [["plan", "ministral-8b", "--on", "1x L4", "--contxt", "4k"], /--contxt/],
    [["plan", "ministral-8b", "--on", "1x L4", "--context", "long"], /--context: "long" is not a count/],
    [["plan", "ministral-8b", "--on", "1x H999"], /Known are H100/],
    [["fly"], /no command "fly"/],
  ])("%j is wrong usage", async (args, message) => {
    const { code, out, problem } = await written(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(problem).toMatch(message);
  });
});

test.each([
  [["--help"], /plan .*\n +deploy [^]*\n +doctor/],
  [["plan", "--help"], /Examples\n +inhouse plan ministral-8b --on "1x RTX 4000 Ada" --context 32k/],
  [["doctor", "--help"], /Examples\n +inhouse doctor/],
  [["models", "--help"], /Examples\n +inhouse models/],
])("%j", async (args, page) => {
  const { code, out, problem } = await written(...args);
  expect([code, problem]).toEqual([0, ""]);
  expect(out).toMatch(page);
});

describe("inhouse doctor", () => {
  test("says what the machine has", async () => {
    const { out } = await written("doctor");
    expect(out).toMatch(/^Node +v\d+/);
    expect(out).toMatch(/\nmemory +[\d.,]+ GiB/);
    expect(out).toMatch(/llama-server +not on PATH/);
    expect(out).toContain("inhouse plan MODEL");
  });

  test("ends with 1 where a server that was named does not answer", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, out } = await written("doctor", url, "--json");
    expect(code).toBe(1);
    const { servers, problems } = JSON.parse(out) as { servers: object[]; problems: string[] };
    expect(servers).toEqual([expect.objectContaining({ url, problem: expect.any(String) })]);
    expect(problems.join()).toContain(url);
  });

  test("says which server answers, and with which models", async () => {
    await using server = await fakeVllm({ model: "ministral-3-8b" });
    const { code, out } = await written("doctor", server.url);
    expect(out).toMatch(/http:\S+ +vLLM \S+ +ministral-3-8b/);
    expect(code).toBe(0);
  });
});

describe("inhouse verify", () => {
  async function planned() {
    const server = await fakeLlamacpp({ contextLength: 2_048, model: "m" });
    onTestFinished(() => server.close());
    const path = join(writtenFolder({ "m.gguf": "weights" }), "m.gguf");
    const port = new URL(server.url).port;
    const plan = {
      engine: "llamacpp",
      model: { name: "m", source: path, format: "gguf", quantization: "F16", origin: "files" },
      layout: { place: "memory", machines: 1, replicas: 1 },
      contextLength: 2_048,
      parallel: 1,
      concurrent: 1,
      kvType: "f16",
      command: ["llama-server", "-m", path, "--alias", "m", "--host", "127.0.0.1", "--port", port],
      environment: {},
      prepare: [],
      warnings: [],
    };
    return { url: server.url, plan, folder: (files: Parameters<typeof writtenFolder>[0]) => writtenFolder(files) };
  }

  test("asks where the plan says, prints a table, and ends with 0", async () => {
    const { plan, folder, url } = await planned();
    const { code, out, problem } = await written("verify", join(folder({ "plan.json": plan }), "plan.json"));
    expect(problem).toMatch(/^asking the server who it is\n/);
    expect(out).toContain(url);
    expect(out).toMatch(/^pass +context +2,048 tokens +2,048 tokens$/m);
    expect(out).toMatch(/What runs is what was planned: \d+ pass, 0 fail, \d+ unknown\.\n$/);
    expect(code).toBe(0);
  });

  test("keeps a report, compares with it, and ends with 1 where something differs", async () => {
    const { plan, folder } = await planned();
    const place = folder({ "plan.json": plan, "other.json": { ...plan, contextLength: 8_192 } });
    const report = join(place, "report.json");
    const first = await written("verify", join(place, "plan.json"), "--save", report, "--json");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.out)).toEqual(JSON.parse(await readFile(report, "utf8")));
    const again = await written("verify", join(place, "plan.json"), "--previous", report);
    expect(again.out).toMatch(/^pass +drift/m);
    const other = await written("verify", join(place, "other.json"), "--previous", report);
    expect(other.code).toBe(1);
    expect(other.out).toMatch(/^fail +context +8,192 tokens +2,048 tokens$/m);
  });

  test("says what is wrong with the question, and ends with 2", async () => {
    const { plan, folder } = await planned();
    const place = folder({ "plan.json": { ...plan, command: "x" }, "ok.json": plan, "report.json": {} });
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /No plan is named/],
      [[join(place, "plan.json")], /plan\.json is no plan: command should be a list of words/],
      [[join(place, "ok.json"), "127.0.0.1:80"], /no address of a server|scheme/],
      [[join(place, "ok.json"), "--pid", "x"], /--pid: "x"/],
      [[join(place, "ok.json"), "--previous", join(place, "report.json")], /is no report of inhouse verify/],
    ];
    for (const [args, message] of cases) {
      const { code, problem } = await written("verify", ...args);
      expect([code, problem]).toEqual([2, expect.stringMatching(message)]);
    }
  });

  test("ends with 1 where nobody answers, or the plan is not there", async () => {
    const { plan, folder } = await planned();
    const place = folder({ "plan.json": plan });
    const nobody = await written("verify", join(place, "plan.json"), `http://127.0.0.1:${await freePort()}`);
    expect([nobody.code, nobody.out]).toEqual([1, ""]);
    expect((await written("verify", join(place, "no.json"))).code).toBe(1);
  });
});
