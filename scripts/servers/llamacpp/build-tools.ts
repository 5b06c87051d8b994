import { dirname, join } from "node:path";

import { pipInstall } from "../pip-install.ts";
import type { Preparation } from "../preparation.ts";
import { programsOnPath } from "../programs.ts";
import { preparePython } from "../python.ts";
import { Unavailable } from "../unavailable.ts";

/** What compiles llama.cpp. */
export interface BuildTools {
  readonly cmake: string;
  /** The environment in which cmake finds the others. */
  readonly env: NodeJS.ProcessEnv;
  /** CMake's name for what runs the compilers. */
  readonly generator: "Ninja" | "Unix Makefiles";
}

/** Finds compilers, cmake and make or ninja; cmake and ninja come from a Python package index where they are missing. */
export async function prepareBuildTools(preparation: Preparation): Promise<BuildTools> {
  requireCompilers();
  const [cmake] = programsOnPath("cmake");
  const generator = generatorOnPath();
  if (cmake !== undefined && generator !== undefined) return { cmake, env: process.env, generator };

  const python = await preparePython(preparation.cache, preparation.onProgress, preparation.signal);
  await pipInstall(python, ["cmake>=3.25,<5", "ninja>=1.11"], preparation);
  const programs = dirname(python);
  return {
    cmake: join(programs, "cmake"),
    env: { ...process.env, PATH: `${programs}:${process.env["PATH"] ?? ""}` },
    generator: "Ninja",
  };
}

/** Ninja puts each compiler in a process group of its own, so that one outlives a run that is killed for a few seconds. */
function generatorOnPath(): BuildTools["generator"] | undefined {
  if (programsOnPath("make").length > 0) return "Unix Makefiles";
  return programsOnPath("ninja").length > 0 ? "Ninja" : undefined;
}

function requireCompilers(): void {
  const has = (names: readonly string[]): boolean => names.some((name) => programsOnPath(name).length > 0);
  const missing = [
    ...(has(["cc", "gcc", "clang"]) ? [] : ["a C compiler"]),
    ...(has(["c++", "g++", "clang++"]) ? [] : ["a C++ compiler"]),
  ];
  if (missing.length === 0) return;
  throw new Unavailable(
    `${missing.join(" and ")} to compile llama.cpp with`,
    "Install them (Debian and Ubuntu: apt-get install gcc g++ cmake ninja-build; Fedora: dnf install gcc gcc-c++ cmake " +
      "ninja-build; macOS: xcode-select --install), or name a program of your own: INHOUSE_LLAMA_SERVER=/path/to/llama-server.",
  );
}
