import type { Plan } from "./plan/plan-value.ts";

/** Whose GPUs a container has to reach; none for the processor. */
export type ContainerDevices = "nvidia" | "amd" | "none";

/** An image without digest. */
export interface ContainerImage {
  readonly name: string;
  readonly tag: string;
}

/** What fills the folder of models before the server starts, which then may only read it. */
export interface ContainerFill {
  /** Whether it asks the world outside; else it works on files that are there. */
  readonly downloads: boolean;
  /** Whether the folder becomes the server's own store of models; else it is a Hugging Face cache. */
  readonly makesStore: boolean;
  /** In a POSIX shell's words. `$1` is the folder that a model's own files are put into, where it needs one. */
  readonly script: string;
  /** What comes before it in a container whose image lacks the tool. */
  readonly setup?: string;
  /** The image that has the tools. Default: the server's. */
  readonly image?: ContainerImage;
}

/** How a server of an engine runs in a container, and what of that holds for a unit and a script too: what targets have to know. */
export interface EngineContainer {
  /** The image by the devices it is for, with the tag that the flags were tried with. */
  image(devices: ContainerDevices): ContainerImage;
  /** The server's program as the image knows it, with the words that come before its options. */
  readonly entry: readonly string[];
  /** The folder of the container where the models are mounted, read-only. */
  readonly modelsFolder: string;
  /** Folders of the container that the server has to write to, with what for. They begin empty. */
  readonly writable: readonly { readonly path: string; readonly why: string }[];
  /** The user that the image is prepared for; absent where only root will do, with the image's reason as a comment. */
  user(devices: ContainerDevices): { readonly id: number; readonly group: number } | undefined;
  /** Answers with 200 when the server is ready, without a key. */
  readonly readyPath: string;
  /** A program of the image that ends with 0 when the server is ready. */
  ready(port: number): readonly string[];
  /** The plan's command without `entry`, with the model below `modelsFolder` and an address that other containers reach. */
  arguments(plan: Plan): readonly string[];
  /** The plan's environment, with what a container needs beside it. Which GPUs there are is the container's to say. */
  environment(plan: Plan): Readonly<Record<string, string>>;
  /** What keeps the server from asking the world outside. */
  readonly offline: Readonly<Record<string, string>>;
  /** The variable that names the folder of models, where the plan's model is a name and no path. */
  folderVariable(plan: Plan): string | undefined;
  /** The variable that the server takes its key from; absent where it knows no keys. */
  readonly keyVariable?: string;
  /** The variable that names a file with the key, where there is one. */
  readonly keyFileVariable?: string;
  /** What a key does not protect. */
  readonly keyNote?: string;
  /** Absent where the model's files are put there by hand. */
  fill(plan: Plan): ContainerFill | undefined;
  /** Whether its processes talk through shared memory. */
  readonly sharedMemory: boolean;
  /** What the start takes beside reading the weights, at its slowest. */
  readonly startSeconds: number;
  /** Main memory of its processes beside what the plan counts there, by the GPUs of a machine. A rule of thumb. */
  processBytes(gpus: number): number;
  /** The arguments of one of several machines that share a model under a LeaderWorkerSet; absent where it cannot. */
  member?(plan: Plan, leads: boolean): readonly string[];
}
