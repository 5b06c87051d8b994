import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { prepareCompiled, prepareLlamaServer, prepareOllama } from "../../scripts/servers/index.ts";
import {
  deploy,
  llamacppEngine,
  quantize,
  verify,
  type Deployment,
  type DeployOptions,
  type Engine,
  type Plan,
  type PlanSpec,
} from "../../src/deploy.ts";
import { failureOf } from "../support/loopback.ts";
import { isGroupAlive, until } from "../support/until.ts";

// Each makes a file, starts a server and asks it a dozen things, beside whatever else the machine does.
vi.setConfig({ testTimeout: 240_000 });

const cli = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));
const loader = fileURLToPath(new URL("../../node_modules/tsx/dist/loader.mjs", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "inhouse-deploy.test-"));
afterAll(() => rm(folder, { recursive: true }));
const wide = join(folder, "wide-F16.gguf");

let programs: Readonly<Record<string, string>>;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  const { llamaServer, llamaQuantize } = await prepareCompiled({ onProgress: console.error });
  const { model } = await prepareLlamaServer({ onProgress: console.error });
  const { program } = await prepareOllama({ onProgress: console.error });
  programs = { "llama-server": llamaServer, "llama-quantize": llamaQuantize, ollama: program.program };
  env = { ...process.env, PATH: `${dirname(llamaServer)}:${process.env["PATH"]}` };
  await quantize(model, "F16", { target: wide, allowRequantize: true, programs });
}, 30 * 60_000);

const spec: PlanSpec = { model: wide, context: 512, parallel: 1, port: 0 };

async function deployed(wanted: PlanSpec | Plan, options: DeployOptions = {}): Promise<Deployment> {
  const own = { programs, modelsFolder: join(folder, "models"), modelStore: join(folder, "store") };
  const running = await deploy(wanted, { ...own, policy: "no-exfiltration", ...options });
  onTestFinished(() => running.close());
  return running;
}

const verdicts = ({ report }: Pick<Deployment, "report">) =>
  Object.fromEntries(report.lines.map(({ name, verdict }) => [name, verdict]));

describe.each(["llamacpp", "ollama"])("%s", (engine) => {
  test.each(["Q4_K_M", "Q8_0", "F16"])(
    "from a file of 16 bits to a proven server of %s, and an answer",
    async (type) => {
      const wanted = { ...spec, engine, ...(type === "F16" ? {} : { quantization: type }) };
      const running = await deployed(wanted);
      expect(running.plan).toMatchObject({ engine, model: { quantization: type }, files: [{ sha256: /./ }] });
      expect(verdicts(running)).toMatchObject({
        files: "pass",
        "loaded files": "pass",
        quantization: "pass",
        context: "pass",
        listening: "pass",
        connections: "pass",
        truncation: "pass",
      });
      const { usage } = await running.client.chat({ messages: [{ role: "user", content: "Hi" }], maxTokens: 4 });
      expect(usage?.outputTokens).toBeGreaterThan(0);
      await running.close();
      await until(() => !isGroupAlive(running.server.pid));
    },
  );
});

test("an engine of one's own is deployed, and spoken with by the provider that it names", async () => {
  const own: Engine = { ...llamacppEngine, name: "own" };
  const { plan, report, client } = await deployed({ ...spec, engine: "own" }, { engines: [own] });
  expect(plan.engine).toBe("own");
  expect(report.lines[0]).toMatchObject({ name: "engine", verdict: "pass", planned: "own" });
  const { text } = await client.chat({ messages: [{ role: "user", content: "Hi" }], maxTokens: 4 });
  expect(text).not.toBe("");
});

test("a kept plan is deployed again, and not once its file is another", async () => {
  const { plan, close } = await deployed({ ...spec, quantization: "Q4_0" });
  await close();
  const kept = JSON.parse(JSON.stringify(plan)) as Plan;
  const again = await deployed(kept);
  const report = await verify(kept, again.server.url, { checkIntegrity: true, localOnly: true });
  expect(report.lines.filter(({ verdict }) => verdict === "fail")).toEqual([]);
  expect(verdicts({ report })).toMatchObject({ files: "pass", connections: "pass" });
  await again.close();
  const [{ path } = { path: "" }] = kept.files ?? [];
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(7, bytes.length - 9));
  expect(await failureOf(deployed(kept))).toMatchObject({ code: "mismatch", message: expect.stringContaining(path) });
});

test("the policy of a deployment is its client's, too", async () => {
  const { client } = await deployed(spec, { policy: "no-exfiltration" });
  const image = { type: "image_url", image_url: { url: "http://192.0.2.1/picture.png" } } as const;
  const asked = client.chat({ messages: [{ role: "user", content: [image] }], maxTokens: 1 });
  expect((await failureOf(asked)).code).toMatch(/^(policy|unsupported)$/);
});

describe("inhouse deploy", () => {
  const args = ["deploy", wide, "--quant", "q8_0", "--policy", "no-exfiltration", "--context", "512", "--port", "0"];

  test("without any network but loopback, from a file to a proven server and its end", async () => {
    const command = [process.execPath, "--import", loader, cli, ...args, "--once"].map((word) => `'${word}'`).join(" ");
    const { stdout } = await promisify(execFile)("unshare", ["-rn", "sh", "-c", `ip link set lo up && ${command}`], {
      cwd: folder,
      env,
    });
    expect(stdout).toMatch(/What runs is what was planned: \d+ pass, 0 fail/);
    const plan = JSON.parse(await readFile(join(folder, "inhouse-plan.json"), "utf8")) as Plan;
    expect(plan.model.quantization).toBe("Q8_0");
  });

  test("runs until Ctrl-C, which leaves nothing; inhouse verify tells what differs", async () => {
    const child = spawn(process.execPath, ["--import", loader, cli, ...args], { cwd: folder, env });
    onTestFinished(() => void child.kill("SIGKILL"));
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    await until(() => out.includes("Ctrl-C ends it"), 180_000);
    const [, url = "", pid = ""] = /is served at (\S+), by process (\d+)/.exec(out) ?? [];
    const run = promisify(execFile);
    const verifying = (...more: readonly string[]) =>
      run(process.execPath, ["--import", loader, cli, "verify", ...more, url, "--check-integrity", "--local-only"], {
        cwd: folder,
        env,
      }).then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error: { code: number; stdout: string }) => error,
      );
    expect(await verifying()).toMatchObject({ code: 0, stdout: expect.stringContaining("0 fail") });
    const plan = JSON.parse(await readFile(join(folder, "inhouse-plan.json"), "utf8")) as Plan;
    const other = {
      ...plan,
      contextLength: 1_024,
      command: plan.command.map((word) => (word === "512" ? "1024" : word)),
    };
    await writeFile(join(folder, "other.json"), JSON.stringify(other));
    const failed = await verifying("other.json");
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/fail +context +1,024 tokens +512 tokens/);
    const ended = once(child, "close");
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    expect(isGroupAlive(Number(pid))).toBe(false);
  });
});
