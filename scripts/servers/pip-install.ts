import { inTemporaryFolder } from "./cache.ts";
import type { Preparation } from "./preparation.ts";
import { withProgress } from "./progress.ts";
import { run } from "./run.ts";
import { pipFailure } from "./wheels.ts";

/** Installs prebuilt packages into the environment of that Python; does nothing where they are there. */
export async function pipInstall(python: string, requirements: readonly string[], preparation: Preparation) {
  const { cache, onProgress, signal } = preparation;
  const wanted = requirements.join(" ");
  await withProgress(onProgress, `installing ${wanted}`, () =>
    inTemporaryFolder(cache, async (temporary) => {
      const options = ["--only-binary", ":all:", "--no-input", "--progress-bar", "off"];
      // A pip that is killed leaves its own temporary files: they are to go with the folder.
      const env = { ...process.env, TMPDIR: temporary };
      const install = await run(python, ["-I", "-m", "pip", "install", ...options, ...requirements], { signal, env });
      if (install.code !== 0) throw pipFailure(wanted, install.output);
    }),
  );
}
