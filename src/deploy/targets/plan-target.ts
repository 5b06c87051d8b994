import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { Engine } from "../engine.ts";
import { engineOf } from "../known-engine.ts";
import type { Plan } from "../plan/plan-value.ts";
import { composeFiles } from "./compose-target.ts";
import { kubernetesFiles } from "./kubernetes-target.ts";
import { resourceName } from "./resource-name.ts";
import { shellFiles } from "./shell-target.ts";
import { systemdFiles } from "./systemd-target.ts";
import { containerDevices } from "./target-devices.ts";
import type { TargetSource } from "./target-facts.ts";
import { targetKinds, type TargetFile, type TargetKind, type TargetOptions } from "./target-value.ts";

const optionNames: Record<keyof TargetOptions, true> = {
  name: true,
  modelsFolder: true,
  image: true,
  digest: true,
  devices: true,
  apiKey: true,
  publish: true,
  gatewayImage: true,
  storageClass: true,
  program: true,
  clients: true,
  graceSeconds: true,
};

/**
 * The files that serve a plan with Docker Compose, Kubernetes, systemd or a script. Pure: nothing is asked, read or written,
 * and the same plan gives the same files. Throws `invalid-request` for a name, path or digest that cannot be, `unsupported` for
 * what the target cannot do.
 */
export function target(
  plan: Plan,
  kind: TargetKind,
  options: TargetOptions,
  engines: readonly Engine[],
): readonly TargetFile[] {
  checkOptions("target", options, optionNames);
  checkKind(kind);
  checkValues(options);
  const engine = engineOf(plan, engines, "target");
  const { container } = engine;
  if (plan.layout.machines > 1 && (kind !== "kubernetes" || (container && !container.member))) {
    throw new InhouseError("unsupported", `${kind}: the plan shares the model over ${plan.layout.machines} machines.`, {
      hint: 'Write it as "kubernetes" for vLLM, where a LeaderWorkerSet starts all machines, or plan for one machine.',
    });
  }
  const source: TargetSource = {
    plan,
    planned: engine.planned(plan),
    options,
    name: resourceName(plan.model.name, plan.engine, options.name),
    graceSeconds: options.graceSeconds ?? 120,
  };
  if (kind === "systemd") return systemdFiles(source, container);
  if (kind === "shell") return shellFiles(source, container);
  if (!container) {
    throw new InhouseError("unsupported", `${kind}: how ${plan.engine} runs in a container is not known.`, {
      hint: 'Give its Engine a `container`, or write the plan as "systemd" or "shell".',
    });
  }
  const contained = { ...source, container, devices: containerDevices(plan, kind, options.devices) };
  return kind === "compose" ? composeFiles(contained) : kubernetesFiles(contained);
}

function checkKind(kind: TargetKind): void {
  if (targetKinds.includes(kind)) return;
  throw new InhouseError("invalid-request", `target: ${JSON.stringify(kind)} is not known.`, {
    hint: `Known: ${targetKinds.join(", ")}.`,
  });
}

function checkValues({ digest, image, graceSeconds = 120, publish, program, modelsFolder }: TargetOptions): void {
  const wrong = (what: string, hint: string): InhouseError =>
    new InhouseError("invalid-request", `target: ${what}.`, { hint });
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw wrong(
      "digest is no digest of an image",
      "Write sha256: and 64 hexadecimal digits, as `docker buildx imagetools inspect IMAGE` prints them.",
    );
  }
  if (image !== undefined && !/^[\w][\w.:/-]*$/.test(image)) {
    throw wrong(
      "image is no name of an image",
      "Write it with its tag, registry.example/vllm:v0.32.0; the digest is an option of its own.",
    );
  }
  if (!Number.isSafeInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > 86_400) {
    throw wrong("graceSeconds is no whole number of seconds up to a day", "Leave it out for 120.");
  }
  const port = publish === false ? undefined : publish?.port;
  if (port !== undefined && (!Number.isSafeInteger(port) || port < 1 || port > 65_535)) {
    throw wrong("publish.port is no port", "Write a number from 1 to 65535.");
  }
  for (const [name, path] of Object.entries({ program, modelsFolder })) {
    if (path !== undefined && (path === "" || /\0/.test(path)))
      throw wrong(`${name} is no path`, "Leave it out, or name one.");
  }
}
