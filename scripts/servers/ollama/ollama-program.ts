import { mkdir, symlink } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";

import { inTemporaryFolder, moveIntoPlace } from "../cache.ts";
import { compiledLlamacpp } from "../llamacpp/compiled.ts";
import { isMadeOf, stampAsMadeOf } from "../made-of.ts";
import { type Preparation, whilePreparing } from "../preparation.ts";
import { programsOnPath } from "../programs.ts";
import { withProgress } from "../progress.ts";
import { run } from "../run.ts";
import { Unavailable } from "../unavailable.ts";
import { findGo } from "./go.ts";

const VERSION = "0.34.2";
/** Older ones lack fields and refuse requests that the tests are about. */
const OLDEST = [0, 34, 0] as const;
const MADE_OF = `ollama ${VERSION}, 1`;

export interface OllamaProgram {
  readonly program: string;
  readonly version: string;
}

/** The Ollama on PATH, if it is 0.34.0 or newer, else the one in the cache. */
export async function findOllama(cache: string, signal?: AbortSignal): Promise<OllamaProgram | undefined> {
  for (const program of programsOnPath("ollama")) {
    const env = { ...process.env, OLLAMA_HOST: "127.0.0.1:9" };
    const { output } = await run(program, ["--version"], { signal, timeoutMs: 10_000, env });
    const version = /version is (\d+\.\d+\.\d+)/.exec(output)?.[1];
    if (version !== undefined && isNewEnough(version)) return { program, version };
  }
  const folder = folderIn(cache);
  if (!(await isMadeOf(folder, MADE_OF))) return undefined;
  return { program: join(folder, "bin", "ollama"), version: VERSION };
}

function isNewEnough(version: string): boolean {
  const numbers = version.split(".").map(Number);
  const difference = OLDEST.map((oldest, index) => (numbers[index] ?? 0) - oldest).find((part) => part !== 0) ?? 0;
  return difference >= 0;
}

/** Builds Ollama where there is none: its program with Go, and for its engine the compiled llama.cpp. */
export async function prepareOllamaProgram(preparation: Preparation): Promise<OllamaProgram> {
  const { cache, signal } = preparation;
  const found = await findOllama(cache, signal);
  if (found !== undefined) return found;
  const go = await findGo(signal);
  const { llamaServer } = await compiledLlamacpp(preparation);
  await whilePreparing(preparation, async () => {
    if ((await findOllama(cache, signal)) === undefined) await build(go, llamaServer, preparation);
  });
  return await prepareOllamaProgram(preparation);
}

async function build(go: string, llamaServer: string, preparation: Preparation): Promise<void> {
  const { cache, onProgress, signal } = preparation;
  await withProgress(onProgress, `building Ollama ${VERSION} with Go (2 to 6 minutes)`, (sayHowFar) =>
    inTemporaryFolder(cache, async (temporary) => {
      const made = join(temporary, "made");
      const env = {
        ...process.env,
        GOFLAGS: "-buildvcs=false",
        GOTOOLCHAIN: "local",
        GOBIN: join(made, "bin"),
        // What a Go that is killed leaves there is to go with the folder.
        GOTMPDIR: temporary,
      };
      let lines = 0;
      const onOutput = (text: string) => {
        lines += text.split("\n").length - 1;
        sayHowFar(`${lines} packages`);
      };
      const target = `github.com/ollama/ollama@v${VERSION}`;
      // Without its version by the linker it says that it is 0.0.0.
      const flags = `-s -w -X=github.com/ollama/ollama/version.Version=${VERSION}`;
      const args = ["install", "-v", "-p", String(availableParallelism()), "-trimpath", "-ldflags", flags, target];
      const { code, output } = await run(go, args, { signal, env, onOutput });
      if (code !== 0) throw buildFailure(target, output);
      await linkEngine(made, llamaServer, folderIn(cache));
      await stampAsMadeOf(made, MADE_OF);
      await moveIntoPlace(made, folderIn(cache));
    }),
  );
}

/** Ollama finds its engine by position only: ../lib/ollama, seen from its program. */
async function linkEngine(made: string, llamaServer: string, final: string): Promise<void> {
  await mkdir(join(made, "lib", "ollama"), { recursive: true });
  await symlink(relative(join(final, "lib", "ollama"), llamaServer), join(made, "lib", "ollama", "llama-server"));
}

function buildFailure(target: string, output: string): Error {
  const lastLines = output.trimEnd().split("\n").slice(-10).join("\n");
  if (/dial tcp|no such host|i\/o timeout|connection refused|proxy/i.test(lastLines)) {
    const hint = "Check the network, and where Go is told to look (go env GOPROXY).";
    return new Unavailable(`a connection to a Go module proxy, for ${target}`, `${hint} Go said: ${lastLines}`);
  }
  return new Error(`Building ${target} failed:\n${lastLines}`);
}

function folderIn(cache: string): string {
  return join(cache, `ollama-${VERSION}`);
}
