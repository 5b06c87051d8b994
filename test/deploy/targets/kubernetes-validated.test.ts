import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { cacheFolder } from "../../../scripts/servers/cache.ts";
import { run } from "../../../scripts/servers/run.ts";
import { findKubernetesValidators } from "../../../scripts/validators/kubernetes.ts";
import { writtenTargets } from "../../support/validated-files.ts";

const script = new URL("../../../scripts/validators/validate-manifests.py", import.meta.url).pathname;

test("Kubernetes 1.30 and 1.37 take the manifests of every plan, strictly; LeaderWorkerSet 0.8 takes its own", async ({
  skip,
}) => {
  const validators = await findKubernetesValidators(cacheFolder());
  if (!validators) return skip("kubernetes-validate is not installed: npx tsx scripts/validators/install.ts");
  const folders = [...(await writtenTargets("kubernetes")).values()];
  const listed = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder)).filter((name) => name.endsWith(".yaml")).map((name) => join(folder, name)),
    ),
  );
  const files = listed.flat();
  expect(files.length).toBeGreaterThan(90);
  const { code, output } = await run(validators.python, ["-I", script, validators.definition, ...files]);
  expect(output).toMatch(/^\d{3,} documents\n$/);
  expect(code).toBe(0);
}, 240_000);

test("the validator sees what is wrong", async ({ skip }) => {
  const validators = await findKubernetesValidators(cacheFolder());
  if (!validators) return skip("kubernetes-validate is not installed: npx tsx scripts/validators/install.ts");
  const [folder = ""] = (await writtenTargets("kubernetes")).values();
  const file = join(folder, "wrong.yaml");
  const lines = [
    "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: '80'}], selektor: {}}",
    "apiVersion: leaderworkerset.x-k8s.io/v1\nkind: LeaderWorkerSet\nmetadata: {name: x}\nspec: {leaderWorkerTemplate: {sise: 2, workerTemplate: {spec: {containers: []}}}}",
  ];
  await writeFile(file, lines.join("\n---\n"));
  const { code, output } = await run(validators.python, ["-I", script, validators.definition, file]);
  expect(code).toBe(1);
  expect(output).toContain("Service: 1.37");
  expect(output).toContain("sise");
}, 240_000);
