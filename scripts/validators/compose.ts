import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { inTemporaryFolder, moveIntoPlace } from "../servers/cache.ts";
import { isMadeOf, stampAsMadeOf } from "../servers/made-of.ts";
import { findGo } from "../servers/ollama/go.ts";
import { type Preparation, whilePreparing } from "../servers/preparation.ts";
import { withProgress } from "../servers/progress.ts";
import { run, runToSuccess } from "../servers/run.ts";
import { Unavailable } from "../servers/unavailable.ts";

const VERSION = "2.40.3";
const MADE_OF = `docker compose ${VERSION}, 1`;
const Module = z.object({ Dir: z.string() });

const folderIn = (cache: string): string => join(cache, `compose-${VERSION}`);

/** Docker Compose's own program in the cache, which reads a file without Docker. */
export async function findCompose(cache: string): Promise<string | undefined> {
  const folder = folderIn(cache);
  return (await isMadeOf(folder, MADE_OF)) ? join(folder, "docker-compose") : undefined;
}

/** Builds it with Go where it is missing. */
export async function prepareCompose(preparation: Preparation): Promise<string> {
  const { cache, signal } = preparation;
  const found = await findCompose(cache);
  if (found !== undefined) return found;
  const go = await findGo(signal);
  await whilePreparing(preparation, async () => {
    if ((await findCompose(cache)) === undefined) await build(go, preparation);
  });
  return await prepareCompose(preparation);
}

/** Its module replaces others, which `go install` refuses: it is built as the main module. */
async function build(go: string, { cache, onProgress, signal }: Preparation): Promise<void> {
  await withProgress(onProgress, `building Docker Compose ${VERSION} with Go (2 to 7 minutes)`, () =>
    inTemporaryFolder(cache, async (temporary) => {
      const source = join(temporary, "source");
      const made = join(temporary, "made");
      await mkdir(made);
      await cp(await goModule(go, `github.com/docker/compose/v2@v${VERSION}`, signal), source, { recursive: true });
      await runToSuccess("chmod", ["-R", "u+w", source], { signal });
      const flags = ["-trimpath", "-ldflags", "-s -w", "-o", join(made, "docker-compose"), "./cmd"];
      const env = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false", GOTMPDIR: temporary };
      await runToSuccess(go, ["-C", source, "build", ...flags], { signal, env });
      await stampAsMadeOf(made, MADE_OF);
      await moveIntoPlace(made, folderIn(cache));
    }),
  );
}

/** The folder of a module that Go has, or gets. */
export async function goModule(go: string, module: string, signal?: AbortSignal): Promise<string> {
  const { code, output } = await run(go, ["mod", "download", "-json", module], { signal });
  if (code !== 0) throw new Unavailable(`the Go module ${module}`, `Check the network and GOPROXY. ${output.trim()}`);
  // What Go says on the way comes before the JSON.
  return Module.parse(JSON.parse(output.slice(output.indexOf("{")))).Dir;
}
