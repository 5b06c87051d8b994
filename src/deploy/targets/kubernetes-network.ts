import { componentLabels, labelsOf } from "./kubernetes-labels.ts";
import type { ContainerSource } from "./target-facts.ts";
import { noted, type YamlValue } from "./yaml-text.ts";

/** The cluster's own name server, by the labels that it has everywhere. */
const names: { readonly [key: string]: YamlValue } = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

/** Who reaches the server, and that it reaches nobody; of several machines that they reach each other. */
export function serverPolicy({ name, plan, planned }: ContainerSource): YamlValue {
  const own = { podSelector: { matchLabels: componentLabels(name, "server") } };
  const several = plan.layout.machines > 1;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, labels: labelsOf(name, "server") },
    spec: noted(
      {
        podSelector: { matchLabels: componentLabels(name, "server") },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: noted(
              [{ podSelector: { matchLabels: { [`${name}-client`]: "true" } } }],
              "Pods of the same namespace with this label may call; a gateway has it, users have not.",
            ),
            ports: [{ protocol: "TCP", port: planned.port }],
          },
          ...(several ? [noted({ from: [own] }, "The machines of one model, which talk in plain text.")] : []),
        ],
        egress: several ? [{ to: [own] }, noted(names, "They find each other by name.")] : [],
      },
      "Holds only where the cluster's network enforces policies: see the README's check.",
    ),
  };
}

/** The one pod that may ask the world outside, for names and over TLS. */
export function downloadPolicy(name: string): YamlValue {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `${name}-download`, labels: labelsOf(name, "download") },
    spec: {
      podSelector: { matchLabels: componentLabels(name, "download") },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [names, { ports: [{ protocol: "TCP", port: 443 }] }],
    },
  };
}
