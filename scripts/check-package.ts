/**
 * Builds and packs the package, and checks the tarball: its types and formats, what it holds, and what it does where it
 * is installed.
 *
 *     npm run check:package -- --node /path/to/node --node /path/to/another
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { command } from "./package/command.ts";
import { compileConsumers } from "./package/consumer.ts";
import { contentProblems, pack } from "./package/tarball.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const { values } = parseArgs({
  options: { node: { type: "string", multiple: true, default: [process.execPath] }, "no-build": { type: "boolean" } },
});
const count = { passed: 0, failed: 0 };

/** One check; its failure is told and does not keep the others from running. */
async function check<T>(name: string, run: () => Promise<T>): Promise<T | undefined> {
  const startedAt = performance.now();
  try {
    const result = await run();
    count.passed += 1;
    console.log(`ok      ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    count.failed += 1;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

const program = (name: string): string => join(root, "node_modules", ".bin", name);

async function checkTarball(folder: string): Promise<void> {
  const tarball = await check("npm pack", () => pack(root, folder));
  if (!tarball) return;
  await check(`${tarball.files.length} files: what belongs in it and nothing else`, async () => {
    const problems = await contentProblems(root, tarball);
    if (problems.length > 0) throw new Error(problems.join("\n"));
  });
  await check("publint --strict", () => command(program("publint"), [tarball.path, "--strict"], root));
  await check("attw --profile node16", () => command(program("attw"), [tarball.path, "--profile", "node16"], root));
  const project = await check("npm install of the tarball", () => install(folder, tarball.path));
  if (project === undefined) return;
  await check("strict programs compile, .mts and .cts", () => compileConsumers(root, project));
  const beside = await langchainProject(folder, tarball.path);
  for (const node of values.node) await smokeUnder(node, project, beside);
}

/** A project that has the lowest core of LangChain beside the package. */
async function langchainProject(folder: string, tarball: string): Promise<string | undefined> {
  const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    devDependencies: Readonly<Record<string, string>>;
  };
  const core = devDependencies["langchain-core-1.3"]?.replace("npm:", "") ?? "@langchain/core";
  return check(`npm install of the tarball and ${core}`, () =>
    install(folder, tarball, { name: "langchain", smoke: "smoke-langchain.mjs", packages: [core] }),
  );
}

async function install(
  folder: string,
  tarball: string,
  { name = "project", smoke = "smoke.mjs", packages = [] as readonly string[] } = {},
): Promise<string> {
  const project = join(folder, name);
  await mkdir(project);
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true }));
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await command("npm", ["install", ...quiet, tarball, ...packages], project);
  await copyFile(join(root, "scripts", "package", smoke), join(project, smoke));
  return project;
}

async function smokeUnder(node: string, project: string, beside: string | undefined): Promise<void> {
  const version = await check(`${node} runs`, async () => (await command(node, ["--version"], project)).stdout.trim());
  if (version === undefined) return;
  for (const format of ["import", "require"]) {
    await check(`works on Node ${version} by ${format}`, async () => {
      const { stderr } = await command(node, ["smoke.mjs", format], project);
      if (stderr !== "") throw new Error(`It warned:\n${stderr}`);
    });
    if (beside === undefined) continue;
    await check(`inhouse/langchain works on Node ${version} by ${format}`, () =>
      command(node, ["smoke-langchain.mjs", format], beside),
    );
  }
}

const folder = await mkdtemp(join(tmpdir(), "inhouse-package-"));
try {
  const built = values["no-build"] || (await check("npm run build", () => command("npm", ["run", "build"], root)));
  if (built) await checkTarball(folder);
} finally {
  await rm(folder, { recursive: true });
}
console.log(`${count.passed} passed, ${count.failed} failed`);
if (count.failed > 0) process.exitCode = 1;
