import { quoted } from "../../core/command-line.ts";
import type { ContainerFill } from "../engine-container.ts";
import { serverPolicy } from "./kubernetes-network.ts";
import { serverService, serverWorkload } from "./kubernetes-server.ts";
import { fillingDocuments, modelsClaim } from "./kubernetes-storage.ts";
import { modelFileNames, modelsContent } from "./models-place.ts";
import { hasKey, startSecondsOf, type ContainerSource } from "./target-facts.ts";
import { planNotes } from "./target-notes.ts";
import { prepareSteps, readmeFiles, type ReadmeStep } from "./target-readme.ts";
import type { TargetFile } from "./target-value.ts";
import { yamlText } from "./yaml-text.ts";

/** Manifests without a namespace: the volume, what fills it, and the server with its Service and its network policy. */
export function kubernetesFiles(source: ContainerSource): readonly TargetFile[] {
  const { plan, container } = source;
  const fill = container.fill(plan);
  const filling = fill?.downloads ? "download.yaml" : "copy.yaml";
  const server = [serverWorkload(source), serverService(source), serverPolicy(source)];
  return [
    {
      path: "storage.yaml",
      text: yamlText([modelsClaim(source)], [`Holds ${modelsContent(source, fill?.makesStore ?? false)}.`]),
    },
    {
      path: filling,
      text: yamlText(fillingDocuments(source, fill), [
        fill?.downloads
          ? "Fills the volume, once. The only pod that may ask the world outside."
          : "Waits an hour with the volume, for files to be copied into it. It reaches nothing.",
      ]),
    },
    { path: "server.yaml", text: yamlText(server, planNotes(plan)) },
    ...readmeFiles(plan, readme(source, fill, filling)),
  ];
}

function readme(
  source: ContainerSource,
  fill: ContainerFill | undefined,
  filling: string,
): Parameters<typeof readmeFiles>[1] {
  const { plan, container, name, options } = source;
  const { port } = source.planned;
  const several = plan.layout.machines > 1;
  const keyed = hasKey(container, options);
  const seconds = startSecondsOf(plan, container.startSeconds);
  const rollout = several
    ? `kubectl wait --for=condition=Available --timeout=${seconds}s leaderworkerset/${name}`
    : `kubectl rollout status --timeout=${seconds}s deployment/${name}`;
  const steps: readonly ReadmeStep[] = [
    ...(several
      ? [
          {
            what: "LeaderWorkerSet is an extension of Kubernetes, which has to be installed: https://lws.sigs.k8s.io. The machines talk in plain text: their nodes need a network of their own.",
          },
        ]
      : []),
    // Ray is for machines without Kubernetes.
    ...(fill?.downloads ? [] : prepareSteps(plan)),
    { what: "Make the volume:", lines: ["kubectl apply -f storage.yaml"] },
    ...(fill?.downloads
      ? [
          {
            what: `Fill it. Where the repository asks for a token: kubectl create secret generic ${name}-hub --from-file=token=FILE.`,
            lines: [
              `kubectl apply -f ${filling}`,
              `kubectl wait --for=condition=Complete --timeout=4h job/${name}-download`,
              `kubectl delete -f ${filling}`,
            ],
          },
        ]
      : [{ what: `Copy ${modelFileNames(source).join(" and ")} into it:`, lines: copyLines(source, fill, filling) }]),
    ...(keyed
      ? [
          {
            what: "Make a key, which stands in no file:",
            lines: [
              `openssl rand -hex 32 | tr -d '\\n' | kubectl create secret generic ${name}-key --from-file=api-key=/dev/stdin`,
            ],
          },
        ]
      : []),
    { what: "Start the server, and wait until it answers:", lines: ["kubectl apply -f server.yaml", rollout] },
    {
      what: `Let those call it that should: a pod of the same namespace with the label ${name}-client: "true" reaches http://${name}:${port}.`,
    },
  ];
  return {
    title: `${name}: ${plan.model.title} on Kubernetes`,
    about: [
      "The manifests name no namespace: they go where kubectl's context or --namespace says. The server's pod has no way out, no rights in the cluster and a file system that it cannot write to.",
    ],
    steps,
    checks: [
      {
        what: "It answers; kubectl's own way in passes by the policies:",
        lines: [
          `kubectl port-forward service/${name} ${port} &`,
          `curl --fail http://127.0.0.1:${port}${container.readyPath}`,
        ],
      },
      {
        what: "The policies hold: a pod without the label gets no answer, and this ends with an error. Where it prints a page, the cluster's network does not enforce policies.",
        lines: [
          `kubectl run ${name}-probe --rm --restart=Never --attach --image=docker.io/library/busybox:1.37 -- wget -q -T 5 -O - http://${name}:${port}${container.readyPath}`,
        ],
      },
    ],
  };
}

function copyLines(source: ContainerSource, fill: ContainerFill | undefined, filling: string): readonly string[] {
  const { name, container } = source;
  const pod = `"$(kubectl get pod --selector job-name=${name}-copy --output name | cut -d / -f 2)"`;
  const to = fill ? "/tmp" : container.modelsFolder;
  return [
    `kubectl apply -f ${filling}`,
    `kubectl wait --for=condition=Ready pod --selector job-name=${name}-copy`,
    ...modelFileNames(source).map((file) => `kubectl cp ${quoted(file)} ${pod}:${to}/`),
    ...(fill ? [`kubectl exec ${pod} -- /bin/sh -ec ${quoted(fill.script)} fill /tmp`] : []),
    `kubectl delete -f ${filling}`,
  ];
}
