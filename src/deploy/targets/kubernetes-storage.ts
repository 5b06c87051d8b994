import type { ContainerFill } from "../engine-container.ts";
import { componentLabels, labelsOf } from "./kubernetes-labels.ts";
import { downloadPolicy } from "./kubernetes-network.ts";
import { containerSecurity, literal, podBasics } from "./kubernetes-pod.ts";
import { imageText, storedBytes, wholeGiB, type ContainerSource } from "./target-facts.ts";
import { noted, type YamlValue } from "./yaml-text.ts";

/** The volume of the models. */
export function modelsClaim({ plan, name, options }: ContainerSource): YamlValue {
  const several = plan.layout.machines > 1;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: `${name}-models`, labels: labelsOf(name, "models") },
    spec: {
      accessModes: several
        ? noted(["ReadWriteMany"], "Several machines read it: storage that can do that.")
        : ["ReadWriteOnce"],
      ...(options.storageClass === undefined ? {} : { storageClassName: options.storageClass }),
      resources: { requests: { storage: `${wholeGiB(storedBytes(plan) * 1.2) + 1}Gi` } },
    },
  };
}

/** What fills the volume: a Job that may ask the world outside, or one that waits for files to be copied into it. */
export function fillingDocuments(source: ContainerSource, fill: ContainerFill | undefined): readonly YamlValue[] {
  const { name } = source;
  const downloads = fill?.downloads ?? false;
  const component = downloads ? "download" : "models";
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: downloads ? `${name}-download` : `${name}-copy`, labels: labelsOf(name, component) },
    spec: {
      backoffLimit: 3,
      ttlSecondsAfterFinished: noted(3_600, "It goes with its pod: nothing with a way out is left."),
      template: { metadata: { labels: labelsOf(name, component) }, spec: fillingPod(source, fill) },
    },
  };
  return [job, downloads ? downloadPolicy(name) : closedPolicy(name)];
}

function fillingPod(source: ContainerSource, fill: ContainerFill | undefined): YamlValue {
  const { container, plan, name } = source;
  const downloads = fill?.downloads ?? false;
  const folder = container.folderVariable(plan);
  const image = fill?.image;
  const script = [...(fill?.setup === undefined ? [] : [fill.setup]), fill?.script ?? ""].join("\n");
  const token = {
    name: "HF_TOKEN",
    valueFrom: { secretKeyRef: { name: `${name}-hub`, key: "token", optional: true } },
  };
  return {
    ...podBasics(source),
    restartPolicy: "Never",
    containers: [
      {
        name: "fill",
        image: fill ? (image ? `${image.name}:${image.tag}` : imageText(source)) : "docker.io/library/busybox:1.37",
        command: downloads ? ["/bin/sh", "-ec", literal(script)] : ["sleep", "3600"],
        env: [
          { name: "HOME", value: "/tmp" },
          ...(folder === undefined ? [] : [{ name: folder, value: container.modelsFolder }]),
          ...(downloads ? [noted(token, "Where the repository asks for one; without the Secret it is left out.")] : []),
        ],
        resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "8Gi" } },
        securityContext: containerSecurity,
        volumeMounts: [
          { name: "models", mountPath: container.modelsFolder },
          ...container.writable.map(({ path }, index) => ({ name: `writable-${index}`, mountPath: path })),
        ],
      },
    ],
    volumes: [
      { name: "models", persistentVolumeClaim: { claimName: `${name}-models` } },
      ...container.writable.map((_, index) => ({ name: `writable-${index}`, emptyDir: {} })),
    ],
  };
}

const closedPolicy = (name: string): YamlValue => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: `${name}-copy`, labels: labelsOf(name, "models") },
  spec: {
    podSelector: { matchLabels: componentLabels(name, "models") },
    policyTypes: ["Ingress", "Egress"],
    ingress: [],
    egress: [],
  },
});
