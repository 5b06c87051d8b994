import { copyFile } from "node:fs/promises";
import { join } from "node:path";

import { inTemporaryFolder, moveIntoPlace } from "../servers/cache.ts";
import { exists } from "../servers/exists.ts";
import { isMadeOf, stampAsMadeOf } from "../servers/made-of.ts";
import { findGo } from "../servers/ollama/go.ts";
import { pipInstall } from "../servers/pip-install.ts";
import { type Preparation, whilePreparing } from "../servers/preparation.ts";
import { prepareEnvironment } from "../servers/python.ts";
import { goModule } from "./compose.ts";

const REQUIREMENTS = ["kubernetes-validate==1.37.0"];
const LEADER_WORKER_SET = "0.8.0";
const SCHEMA = "config/crd/bases/leaderworkerset.x-k8s.io_leaderworkersets.yaml";
const MADE_OF = `${REQUIREMENTS.join(" ")}, LeaderWorkerSet ${LEADER_WORKER_SET}, 1`;

/** What validates manifests. */
export interface KubernetesValidators {
  /** A Python that has `kubernetes-validate`: Kubernetes's own schemas. */
  readonly python: string;
  /** The definition of LeaderWorkerSet, as its project installs it in a cluster. */
  readonly definition: string;
}

const environmentIn = (cache: string): string => join(cache, "kubernetes-validate");
const definitionsIn = (cache: string): string => join(cache, "kubernetes-definitions");

/** What is in the cache of them. */
export async function findKubernetesValidators(cache: string): Promise<KubernetesValidators | undefined> {
  const python = join(environmentIn(cache), "bin", "python");
  const definition = join(definitionsIn(cache), "leaderworkersets.yaml");
  const isThere = (await isMadeOf(definitionsIn(cache), MADE_OF)) && (await exists(python));
  return isThere ? { python, definition } : undefined;
}

/** Installs the one from PyPI and takes the other out of its Go module, where they are missing. */
export async function prepareKubernetesValidators(preparation: Preparation): Promise<KubernetesValidators> {
  const { cache, signal } = preparation;
  const found = await findKubernetesValidators(cache);
  if (found) return found;
  const go = await findGo(signal);
  await whilePreparing(preparation, async () => {
    const python = await prepareEnvironment(environmentIn(cache), { oldest: 10 }, preparation);
    await pipInstall(python, REQUIREMENTS, preparation);
    const module = await goModule(go, `sigs.k8s.io/lws@v${LEADER_WORKER_SET}`, signal);
    await inTemporaryFolder(cache, async (temporary) => {
      await copyFile(join(module, SCHEMA), join(temporary, "leaderworkersets.yaml"));
      await stampAsMadeOf(temporary, MADE_OF);
      await moveIntoPlace(temporary, definitionsIn(cache));
    });
  });
  return await prepareKubernetesValidators(preparation);
}
