import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

import { plan, target, type PlanSpec, type TargetPlanOptions } from "../../../src/deploy.ts";
import { smallLlama, writeGguf } from "../../support/model-files.ts";
import { writtenFolder } from "../../support/written-folder.ts";

interface Pod {
  readonly containers: readonly {
    readonly args?: readonly string[];
    readonly command: readonly string[];
    readonly env: readonly { readonly name: string }[];
    readonly resources: { readonly limits: Readonly<Record<string, string>> };
    readonly startupProbe?: object;
  }[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: { readonly spec: Pod };
    readonly leaderWorkerTemplate?: Readonly<Record<"leaderTemplate" | "workerTemplate", { readonly spec: Pod }>>;
    readonly egress?: readonly object[];
    readonly ingress?: readonly object[];
    readonly selector?: object;
    readonly accessModes?: readonly string[];
  };
}

async function manifests(spec: PlanSpec, options: TargetPlanOptions = {}) {
  const files = target(await plan(spec), "kubernetes", options);
  const of = (path: string): readonly Manifest[] =>
    parseAllDocuments(files.find((file) => file.path === path)?.text ?? "").map(
      (document) => document.toJS() as Manifest,
    );
  const one = (path: string, kind: string): Manifest | undefined => of(path).find((manifest) => manifest.kind === kind);
  return { files, of, one, text: (path: string) => files.find((file) => file.path === path)?.text ?? "" };
}

describe("kubernetes", () => {
  test("the server reaches nobody, and only pods with the label reach it", async () => {
    const { one } = await manifests({ model: "ministral-8b", on: "1x L40S" });
    expect(one("server.yaml", "NetworkPolicy")?.spec).toMatchObject({
      policyTypes: ["Ingress", "Egress"],
      egress: [],
      ingress: [
        { from: [{ podSelector: { matchLabels: { "ministral-3-8b-client": "true" } } }], ports: [{ port: 8_000 }] },
      ],
    });
    expect(one("download.yaml", "NetworkPolicy")?.spec.egress).toHaveLength(2);
    expect(one("server.yaml", "Service")?.metadata.name).toBe("ministral-3-8b");
  });

  test("its pod has no rights, and waits as long as the weights take", async () => {
    const { one } = await manifests({ model: "ministral-8b", on: "2x L40S", gpus: 2 });
    const deployment = one("server.yaml", "Deployment");
    expect(deployment?.spec).toMatchObject({ strategy: { type: "Recreate" } });
    const pod = deployment?.spec.template?.spec;
    expect(pod).toMatchObject({
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 2_000, seccompProfile: { type: "RuntimeDefault" } },
      terminationGracePeriodSeconds: 120,
    });
    const container = pod?.containers[0];
    expect(container).toMatchObject({
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
      },
      startupProbe: { httpGet: { path: "/health" }, failureThreshold: 66 },
    });
    expect(container?.resources.limits["nvidia.com/gpu"]).toBe("2");
    expect(container?.env).toContainEqual({
      name: "VLLM_API_KEY",
      valueFrom: { secretKeyRef: { name: "ministral-3-8b-key", key: "api-key" } },
    });
  });

  test("main memory is asked for where the plan puts the model there", async () => {
    const { one } = await manifests({ model: "ministral-3b", on: "cpu 32GB" });
    expect(one("server.yaml", "Deployment")?.spec.template?.spec.containers[0]?.resources).toMatchObject({
      requests: { memory: "9Gi" }, // 7.7 GiB of the plan at its highest, and the process
      limits: { memory: "14Gi" },
    });
  });

  test("several machines are one LeaderWorkerSet without Ray, whose first pod answers", async () => {
    const { one } = await manifests({ model: "mistral-large-3", on: "8x H100", machines: 2, quantization: "fp8" });
    const template = one("server.yaml", "LeaderWorkerSet")?.spec.leaderWorkerTemplate;
    const [leader, worker] = [template?.leaderTemplate, template?.workerTemplate].map(
      (part) => part?.spec.containers[0],
    );
    const shared = "--nnodes $(LWS_GROUP_SIZE) --node-rank $(LWS_WORKER_INDEX) --master-addr $(LWS_LEADER_ADDRESS)";
    expect(leader?.args?.join(" ")).toMatch(/--pipeline-parallel-size 2 --distributed-executor-backend mp/);
    expect(leader?.args?.join(" ").endsWith(shared)).toBe(true);
    expect(worker?.args?.join(" ").endsWith(`${shared} --headless`)).toBe(true);
    expect(leader?.resources.limits["nvidia.com/gpu"]).toBe("8");
    expect([leader?.startupProbe, worker?.startupProbe].map(Boolean)).toEqual([true, false]);
    expect(worker?.env.map(({ name }) => name)).not.toContain("VLLM_API_KEY");
    expect(one("server.yaml", "Service")?.spec.selector).toEqual({
      "leaderworkerset.sigs.k8s.io/name": "mistral-large-3",
      "leaderworkerset.sigs.k8s.io/worker-index": "0",
    });
    expect(one("storage.yaml", "PersistentVolumeClaim")?.spec.accessModes).toEqual(["ReadWriteMany"]);
  });

  test("AMD's GPUs are asked for by their own name", async () => {
    const { one } = await manifests({ model: "ministral-8b", on: "1x MI300X" });
    expect(one("server.yaml", "Deployment")?.spec.template?.spec.containers[0]?.resources.limits).toMatchObject({
      "amd.com/gpu": "1",
    });
  });

  test("files of one's own are copied into the volume by a pod that reaches nothing", async () => {
    const folder = writtenFolder({ "a $(HOME) b.gguf": writeGguf(smallLlama.metadata, smallLlama.tensors) });
    const { files, one, text } = await manifests({ model: `${folder}/a $(HOME) b.gguf`, on: "cpu 16GB" });
    expect(files.map(({ path }) => path)).toContain("copy.yaml");
    expect(one("copy.yaml", "NetworkPolicy")?.spec.egress).toEqual([]);
    // Kubernetes makes one of two.
    expect(one("server.yaml", "Deployment")?.spec.template?.spec.containers[0]?.args?.[1]).toBe(
      "/models/a $$(HOME) b.gguf",
    );
    expect(text("README.md")).toContain("kubectl cp 'a $(HOME) b.gguf'");
  });
});
