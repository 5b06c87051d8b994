import type { Plan } from "./plan-value.ts";

/** Whose GPUs a container has to reach; none for the processor. */
export type ContainerDevices = "nvidia" | "amd" | "none";

/** How a server of an engine runs in a container: what targets have to know of it. */
export interface EngineContainer {
  /** The image without tag or digest, by the devices it is for, and the tag that the flags were tried with. */
  image(devices: ContainerDevices): { readonly name: string; readonly tag: string };
  /** The server's program as the image knows it; none where the image's entry point is the server. */
  readonly entry: readonly string[];
  /** The folder of the container where the models are mounted, read-only. */
  readonly modelsFolder: string;
  /** Folders of the container that the server has to write to, with what for. */
  readonly writable: readonly string[];
  /** Answers with 200 when the server is ready. */
  readonly readyPath: string;
  /** The plan's command without its program, with the model below `modelsFolder` and an address that other containers reach. */
  arguments(plan: Plan): readonly string[];
  /** The plan's environment, with what a container needs beside it. */
  environment(plan: Plan): Readonly<Record<string, string>>;
  /** The variable that the server takes its key from; absent where it knows no keys. */
  readonly keyVariable?: string;
}
