import type { ContainerDevices, EngineContainer } from "../engine-container.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { PlannedServer } from "../planned-server.ts";
import type { TargetOptions } from "./target-value.ts";

/** What a target is written of. */
export interface TargetSource {
  readonly plan: Plan;
  /** What the plan says of its server, as its engine reads it. */
  readonly planned: PlannedServer;
  readonly options: TargetOptions;
  readonly name: string;
  readonly graceSeconds: number;
}

/** The same for what runs in a container. */
export interface ContainerSource extends TargetSource {
  readonly container: EngineContainer;
  readonly devices: ContainerDevices;
}

const gibibyte = 1_073_741_824;
/** Of a slow disk or network storage. */
const readBytesPerSecond = 200e6;

/**
 * How long a start may take, in whole minutes: what the engine needs, and the reading of the weights at 200 MB/s, which of
 * weights that are quantized while loading are those of 16 bits.
 */
export function startSecondsOf(plan: Plan, engineSeconds: number): number {
  return Math.ceil((engineSeconds + storedBytes(plan) / plan.layout.machines / readBytesPerSecond) / 60) * 60;
}

/** Bytes of the files that a server loads. */
export function storedBytes({ model }: Plan): number {
  const wide = (model.parameters?.total ?? 0) * 2;
  return model.origin === "while-loading" ? Math.max(wide, model.weightBytes) : model.weightBytes;
}

/** Main memory of one machine: what the plan counts there at its highest, and the server's processes. */
export function memoryBytesOf({ memory }: Plan, container: EngineContainer, gpus: number): number {
  const counted = memory.devices.find(({ device }) => device === "memory")?.highBytes ?? 0;
  return counted + container.processBytes(gpus);
}

/** Shared memory for processes that pass tensors through it. */
export const sharedBytes = (gpus: number): number => Math.max(4, 2 * gpus) * gibibyte;

/** Bytes as whole GiB, rounded up. */
export const wholeGiB = (bytes: number): number => Math.ceil(bytes / gibibyte);

/** Cores that a server keeps busy beside its GPUs; on a processor the more the better. */
export const coresOf = (gpus: number): number => (gpus === 0 ? 4 : 2 + gpus);

/** The image, pinned as well as the caller can. */
export function imageText({ container, devices, options }: ContainerSource): string {
  const { name, tag } = container.image(devices);
  const image = options.image ?? `${name}:${tag}`;
  return options.digest === undefined ? image : `${image}@${options.digest}`;
}

/** Whether callers send a key. */
export const hasKey = (container: EngineContainer | undefined, { apiKey = true }: TargetOptions): boolean =>
  apiKey && container?.keyVariable !== undefined;

/** The environment in a container: it sees the GPUs that it is given, numbered anew. */
export function containerEnvironment(plan: Plan, container: EngineContainer): Readonly<Record<string, string>> {
  const { CUDA_VISIBLE_DEVICES: _numbers, ...environment } = container.environment(plan);
  return environment;
}
