import { bytesText } from "../plan/plan-words.ts";
import { gpusOfMachine } from "./target-devices.ts";
import {
  containerEnvironment,
  coresOf,
  hasKey,
  imageText,
  memoryBytesOf,
  sharedBytes,
  startSecondsOf,
  wholeGiB,
  type ContainerSource,
} from "./target-facts.ts";
import { noted, type YamlValue } from "./yaml-text.ts";

/** Whether a pod answers calls, or is one of the others that share its model. */
export interface PodPart {
  readonly args: readonly string[];
  readonly serves: boolean;
}

/** The pod of a server, or of one of its machines. */
export function serverPod(source: ContainerSource, { args, serves }: PodPart): YamlValue {
  const { plan, planned, container, name, graceSeconds, devices } = source;
  const gpus = gpusOfMachine(plan);
  return {
    ...podBasics(source),
    terminationGracePeriodSeconds: noted(graceSeconds, "Calls that run have as long to end."),
    ...(devices === "nvidia"
      ? { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] }
      : {}),
    containers: [
      {
        name: "server",
        image: imageText(source),
        imagePullPolicy: "IfNotPresent",
        command: container.entry.map(literal),
        args: args.map(memberLiteral),
        env: environmentOf(source, serves),
        ...(serves
          ? { ports: [{ name: "http", containerPort: planned.port, protocol: "TCP" }], ...probes(source) }
          : {}),
        resources: resources(source, gpus),
        securityContext: containerSecurity,
        volumeMounts: [
          { name: "models", mountPath: container.modelsFolder, readOnly: true },
          ...container.writable.map(({ path }, index) => ({ name: `writable-${index}`, mountPath: path })),
          ...(container.sharedMemory ? [{ name: "shared-memory", mountPath: "/dev/shm" }] : []),
        ],
      },
    ],
    volumes: [
      { name: "models", persistentVolumeClaim: { claimName: `${name}-models` } },
      ...container.writable.map(({ why }, index) => noted({ name: `writable-${index}`, emptyDir: {} }, `For ${why}.`)),
      ...(container.sharedMemory
        ? [{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: `${wholeGiB(sharedBytes(gpus))}Gi` } }]
        : []),
    ],
  };
}

/** What holds for all pods: no rights in the cluster, none on the node, and no variables made of Services' names. */
export function podBasics({ container, devices }: ContainerSource): { readonly [key: string]: YamlValue } {
  const user = container.user(devices);
  return {
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    securityContext: user
      ? {
          runAsNonRoot: true,
          runAsUser: user.id,
          runAsGroup: user.group,
          fsGroup: user.group,
          fsGroupChangePolicy: "OnRootMismatch",
          seccompProfile: { type: "RuntimeDefault" },
        }
      : noted(
          { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
          "Root of the container, without capabilities: the image is not prepared for another user on this hardware.",
        ),
  };
}

/** What a container may do: nothing beyond its own process. */
export const containerSecurity: YamlValue = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Kubernetes reads `$(NAME)` as a variable. */
export const literal = (text: string): string => text.replaceAll("$", "$$$$");

const memberLiteral = (text: string): string =>
  /^\$\(LWS_(GROUP_SIZE|WORKER_INDEX|LEADER_ADDRESS)\)$/.test(text) ? text : literal(text);

function environmentOf({ plan, container, name, options }: ContainerSource, serves: boolean): YamlValue {
  const settings = Object.entries(containerEnvironment(plan, container));
  const { keyVariable, keyNote } = container;
  const key = { name: keyVariable ?? "", valueFrom: { secretKeyRef: { name: `${name}-key`, key: "api-key" } } };
  return [
    ...settings.map(([variable, value]) => ({ name: variable, value: literal(value) })),
    ...(serves && hasKey(container, options) ? [noted(key, ...(keyNote === undefined ? [] : [keyNote]))] : []),
  ];
}

function probes({ plan, container }: ContainerSource): { readonly [key: string]: YamlValue } {
  const httpGet = { path: container.readyPath, port: "http" };
  const seconds = startSecondsOf(plan, container.startSeconds);
  return {
    startupProbe: noted(
      { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: seconds / 10 },
      `Loading ${bytesText(plan.model.weightBytes)} may take ${seconds / 60} minutes from slow storage; the other probes wait for it.`,
    ),
    readinessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    livenessProbe: noted(
      { httpGet, periodSeconds: 30, timeoutSeconds: 15, failureThreshold: 6 },
      "Patient: a server that is busy answers late, and a restart costs the whole loading.",
    ),
  };
}

function resources(source: ContainerSource, gpus: number): YamlValue {
  const { plan, container, devices } = source;
  const shared = container.sharedMemory ? sharedBytes(gpus) : 0;
  const memory = wholeGiB(memoryBytesOf(plan, container, gpus) + shared);
  const gpu = { nvidia: "nvidia.com/gpu", amd: "amd.com/gpu", none: undefined }[devices];
  const own = gpu === undefined ? {} : { [gpu]: String(gpus) };
  return noted(
    {
      requests: { cpu: String(coresOf(gpus)), memory: `${memory}Gi`, ...own },
      limits: { memory: `${Math.ceil(memory * 1.5)}Gi`, ...own },
    },
    "Main memory is what the plan counts there, the processes by a rule of thumb, and what is shared. No limit on processors: it would slow every token.",
  );
}
