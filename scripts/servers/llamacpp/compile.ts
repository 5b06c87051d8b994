import { writeFile } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import { join } from "node:path";

import { exists } from "../exists.ts";
import type { Preparation } from "../preparation.ts";
import { programsOnPath } from "../programs.ts";
import { withProgress } from "../progress.ts";
import { runToSuccess } from "../run.ts";
import type { BuildTools } from "./build-tools.ts";
import { BUILD } from "./source.ts";

const MEMORY_OF_A_COMPILER = 1.5 * 2 ** 30;
const OPTIONS = {
  CMAKE_BUILD_TYPE: "Release",
  // The HTTP, JSON and template code compiles faster so; the kernels get -O3 below.
  CMAKE_CXX_FLAGS_RELEASE: "-O1 -DNDEBUG",
  BUILD_SHARED_LIBS: "OFF",
  // AVX2, so that the cache may move between machines.
  GGML_NATIVE: "OFF",
  // Without it no library but libstdc++ is needed; no gain in speed was measured with it.
  GGML_OPENMP: "OFF",
  LLAMA_OPENSSL: "OFF",
  LLAMA_BUILD_TESTS: "OFF",
  LLAMA_BUILD_EXAMPLES: "OFF",
  LLAMA_BUILD_APP: "OFF",
  LLAMA_BUILD_UI: "OFF",
  LLAMA_USE_PREBUILT_UI: "OFF",
  LLAMA_BUILD_NUMBER: String(BUILD),
  LLAMA_BUILD_COMMIT: "pypi",
};
const KERNEL_FLAGS = `set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")\nset(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")\n`;

/** Compiles programs of llama.cpp and returns the folder that holds them. What an earlier run has compiled is kept. */
export async function compile(
  tools: BuildTools,
  source: string,
  work: string,
  programs: readonly string[],
  preparation: Preparation,
): Promise<string> {
  const { onProgress, signal } = preparation;
  const build = join(work, "build");
  await configure(tools, source, work, signal);

  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / MEMORY_OF_A_COMPILER)));
  const args = ["--build", build, "--parallel", String(jobs), "--target", ...programs];
  // The server is most of it.
  const minutes = programs.includes("llama-server") ? "10 to 20" : "2 to 5";
  const what = `compiling ${programs.join(", ")} of llama.cpp b${BUILD} (${minutes} minutes of two cores)`;
  await withProgress(onProgress, what, (sayHowFar) => {
    const onOutput = (text: string) => {
      const state = /\[ *(\d+%|\d+\/\d+)\][^[]*$/.exec(text)?.[1];
      if (state !== undefined) sayHowFar(state);
    };
    return runToSuccess(tools.cmake, args, { signal, env: tools.env, onOutput });
  });
  const folder = join(build, "bin");
  const [strip] = programsOnPath("strip");
  if (strip !== undefined) {
    for (const program of programs) await runToSuccess(strip, [join(folder, program)], { signal });
  }
  return folder;
}

async function configure(tools: BuildTools, source: string, work: string, signal?: AbortSignal): Promise<void> {
  const build = join(work, "build");
  const kernelFlags = join(work, "ggml-o3.cmake");
  await writeFile(kernelFlags, KERNEL_FLAGS);
  // A build that was begun keeps its generator, whatever has been installed since.
  const generator = (await exists(join(build, "CMakeCache.txt"))) ? [] : ["-G", tools.generator];
  const options = { ...OPTIONS, CMAKE_PROJECT_ggml_INCLUDE: kernelFlags };
  const definitions = Object.entries(options).map(([name, value]) => `-D${name}=${value}`);
  const args = ["-S", source, "-B", build, ...generator, ...definitions];
  await runToSuccess(tools.cmake, args, { signal, env: tools.env });
}
