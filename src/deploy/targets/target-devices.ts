import { InhouseError } from "../../core/error.ts";
import { acceleratorNamed } from "../catalogue/accelerators.ts";
import type { ContainerDevices } from "../engine-container.ts";
import type { Plan } from "../plan/plan-value.ts";

/** Whose GPUs a plan uses, by the words for its host; `apple` has none that a container reaches. */
export function devicesOf(plan: Plan, chosen: ContainerDevices | undefined): ContainerDevices | "apple" {
  if (chosen !== undefined) return chosen;
  if (gpusOfMachine(plan) === 0) return "none";
  const names = [...plan.on.matchAll(/\d+x ([^(,]+)/g)].map(([, name = ""]) => name.trim());
  const vendors = names.map(vendorOf);
  return vendors.find((vendor) => vendor !== "nvidia") ?? "nvidia";
}

function vendorOf(name: string): "nvidia" | "amd" | "apple" {
  const known = acceleratorNamed(name)?.vendor;
  if (known) return known;
  if (/apple/i.test(name)) return "apple";
  return /\b(amd|radeon|instinct)\b|\bmi\d{2,3}/i.test(name) ? "amd" : "nvidia";
}

/** GPUs that one machine of a plan needs, all copies of the model together. */
export function gpusOfMachine({ layout }: Plan): number {
  const { gpus = 0, machines, replicas, place } = layout;
  return place === "memory" ? 0 : Math.ceil((gpus / machines) * replicas);
}

/** Throws `unsupported` where the plan's GPUs cannot be given to a container. */
export function containerDevices(plan: Plan, kind: string, chosen: ContainerDevices | undefined): ContainerDevices {
  const devices = devicesOf(plan, chosen);
  if (devices !== "apple") return devices;
  throw new InhouseError("unsupported", `${kind}: a container does not reach the GPU of ${plan.on}.`, {
    hint: 'Write the plan as "shell", or plan for GPUs of NVIDIA or AMD, or for the processor with { devices: "none" }.',
  });
}
