import { cp, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { moveIntoPlace } from "../cache.ts";
import { exists } from "../exists.ts";
import { isMadeOf, stampAsMadeOf } from "../made-of.ts";
import { type Preparation, whilePreparing } from "../preparation.ts";
import { prepareBuildTools } from "./build-tools.ts";
import { compile } from "./compile.ts";
import { BUILD, prepareSource } from "./source.ts";

const PROGRAMS = ["llama-server", "llama-quantize", "llama-gguf-split", "llama-imatrix"] as const;
/** Templates out of llama.cpp's tree, for a model whose own template knows neither tools nor thinking. */
const TEMPLATES = {
  "hermes-2-pro": "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use.jinja",
  qwen3: "Qwen-Qwen3-0.6B.jinja",
};
/** The number at the end counts up when the way of compiling changes; a program that is added to the list leaves it as it is. */
const MADE_OF = `llama.cpp b${BUILD}, 1`;

/** llama.cpp compiled into the cache. */
export interface Compiled {
  /** llama.cpp's build, such as `b11434`. */
  readonly version: string;
  readonly llamaServer: string;
  readonly llamaQuantize: string;
  readonly llamaGgufSplit: string;
  readonly llamaImatrix: string;
  readonly templates: {
    /** Knows tools. */
    readonly hermes2Pro: string;
    /** Knows tools and thinking. */
    readonly qwen3: string;
  };
}

/** The compiled llama.cpp of the cache, if it is there. */
export async function readyCompiled(cache: string): Promise<Compiled | undefined> {
  const folder = join(cache, "llamacpp");
  if ((await missingIn(join(folder, "bin"))).length > 0) return undefined;
  return {
    version: `b${BUILD}`,
    llamaServer: join(folder, "bin", "llama-server"),
    llamaQuantize: join(folder, "bin", "llama-quantize"),
    llamaGgufSplit: join(folder, "bin", "llama-gguf-split"),
    llamaImatrix: join(folder, "bin", "llama-imatrix"),
    templates: {
      hermes2Pro: join(folder, "templates", "hermes-2-pro.jinja"),
      qwen3: join(folder, "templates", "qwen3.jinja"),
    },
  };
}

/** The same, compiled where the cache has none, or lacks one of the programs. A stopped run is resumed. */
export async function compiledLlamacpp(preparation: Preparation): Promise<Compiled> {
  const { cache } = preparation;
  const ready = await readyCompiled(cache);
  if (ready !== undefined) return ready;
  await whilePreparing(preparation, async () => {
    const missing = await missingIn(join(cache, "llamacpp", "bin"));
    if (missing.length > 0) await make(missing, preparation);
  });
  return await compiledLlamacpp(preparation);
}

/** The programs that are to be compiled: all of them where those that are there were made in another way. */
async function missingIn(bin: string): Promise<readonly string[]> {
  if (!(await isMadeOf(bin, MADE_OF))) return PROGRAMS;
  const missing: string[] = [];
  for (const program of PROGRAMS) if (!(await exists(join(bin, program)))) missing.push(program);
  return missing;
}

async function make(programs: readonly string[], preparation: Preparation): Promise<void> {
  const folder = join(preparation.cache, "llamacpp");
  const work = join(folder, "work");
  const source = join(work, "source");
  const tools = await prepareBuildTools(preparation);
  await prepareSource(source, preparation);
  const built = await compile(tools, source, work, programs, preparation);
  if (programs.length === PROGRAMS.length) await install(built, source, folder);
  else for (const program of programs) await rename(join(built, program), join(folder, "bin", program));
  await rm(work, { recursive: true });
}

async function install(built: string, source: string, folder: string): Promise<void> {
  const made = join(folder, "work", "made");
  await rm(made, { recursive: true, force: true });
  await mkdir(join(made, "bin"), { recursive: true });
  for (const [name, file] of Object.entries(TEMPLATES)) {
    await cp(join(source, "models", "templates", file), join(made, "templates", `${name}.jinja`));
  }
  for (const program of PROGRAMS) await rename(join(built, program), join(made, "bin", program));
  await stampAsMadeOf(join(made, "bin"), MADE_OF);
  await moveIntoPlace(join(made, "templates"), join(folder, "templates"));
  await moveIntoPlace(join(made, "bin"), join(folder, "bin"));
}
