import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { describe, expect, test } from "vitest";

import { run } from "../../src/cli/run.ts";
import type { Plan } from "../../src/deploy.ts";
import { fakeVllm } from "../../src/testing/index.ts";
import { freePort } from "../support/loopback.ts";

const cli = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));

/** What a command writes and ends with, in this process. */
async function written(...args: readonly string[]) {
  const text = { out: "", problem: "" };
  const code = await run(args, {
    env: {},
    isTerminal: false,
    onInterrupt: () => ({ [Symbol.dispose]: () => undefined }),
    out: (more) => void (text.out += more),
    problem: (more) => void (text.problem += more),
  });
  return { code, ...text };
}

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
  [["--help"], /plan .*\n +doctor/],
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
