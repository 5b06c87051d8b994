import { componentLabels, labelsOf } from "./kubernetes-labels.ts";
import { serverPod } from "./kubernetes-pod.ts";
import { startSecondsOf, type ContainerSource } from "./target-facts.ts";
import { noted, type YamlValue } from "./yaml-text.ts";

/** What runs the server: several machines are a LeaderWorkerSet (`leaderworkerset.x-k8s.io/v1`), one a Deployment. */
export function serverWorkload(source: ContainerSource): YamlValue {
  const { plan, container, name } = source;
  const labels = labelsOf(name, "server");
  const { machines } = plan.layout;
  const metadata = { name, labels };
  const member = (leads: boolean): YamlValue => ({
    metadata: { labels },
    spec: serverPod(source, { args: container.member?.(plan, leads) ?? [], serves: leads }),
  });
  if (machines > 1) {
    return {
      apiVersion: "leaderworkerset.x-k8s.io/v1",
      kind: "LeaderWorkerSet",
      metadata,
      spec: {
        replicas: 1,
        leaderWorkerTemplate: {
          size: machines,
          restartPolicy: noted(
            "RecreateGroupOnPodRestart",
            "One machine alone cannot go on with its part of the model.",
          ),
          leaderTemplate: member(true),
          workerTemplate: member(false),
        },
      },
    };
  }
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 1,
      strategy: noted({ type: "Recreate" }, "A second pod would find neither free GPUs nor, mostly, the volume."),
      progressDeadlineSeconds: startSecondsOf(plan, container.startSeconds) + 600,
      selector: { matchLabels: componentLabels(name, "server") },
      template: {
        metadata: { labels },
        spec: serverPod(source, { args: container.arguments(plan), serves: true }),
      },
    },
  };
}

/** The name by which the server is called. Of several machines the first one answers. */
export function serverService({ plan, planned: { port }, name }: ContainerSource): YamlValue {
  const leader = {
    "leaderworkerset.sigs.k8s.io/name": name,
    "leaderworkerset.sigs.k8s.io/worker-index": "0",
  };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels: labelsOf(name, "server") },
    spec: {
      type: "ClusterIP",
      selector: plan.layout.machines > 1 ? leader : componentLabels(name, "server"),
      ports: [{ name: "http", port, targetPort: "http", protocol: "TCP" }],
    },
  };
}
