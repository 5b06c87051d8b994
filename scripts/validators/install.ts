/**
 * Gets what the tests hold the files of targets against, where that is possible; else says what is missing.
 *
 *     npx tsx scripts/validators/install.ts
 */
import { cacheFolder } from "../servers/cache.ts";
import type { Preparation } from "../servers/preparation.ts";
import { Unavailable } from "../servers/unavailable.ts";
import { installPackages } from "./apt.ts";
import { prepareCompose } from "./compose.ts";
import { prepareKubernetesValidators } from "./kubernetes.ts";

const preparation: Preparation = { cache: cacheFolder(), onProgress: (message) => console.error(message) };
const steps: readonly (() => Promise<string>)[] = [
  () => installPackages(["shellcheck", "haproxy", "systemd"]),
  async () => `${await prepareCompose(preparation)} is here.`,
  async () => `${(await prepareKubernetesValidators(preparation)).python} validates manifests.`,
];

for (const step of steps) {
  try {
    console.log(await step());
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`Not available here: ${error.missing}. ${error.hint} What needs it is not tested.`);
    process.exitCode = 1;
  }
}
