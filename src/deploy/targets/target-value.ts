import type { ContainerDevices } from "../engine-container.ts";

/** What a plan can be written for: `compose`, `kubernetes`, `systemd`, `shell`. */
export const targetKinds = ["compose", "kubernetes", "systemd", "shell"] as const;

/** What a plan is written for. */
export type TargetKind = (typeof targetKinds)[number];

/** A file of a target: where it belongs, below a folder of the caller's, and what stands in it. */
export interface TargetFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Default 0o644. */
  readonly mode?: number;
}

/** What a target decides beside its plan. */
export interface TargetOptions {
  /** Of the service and all that belongs to it: a DNS label of at most 40 characters. Default: made of the model's name. */
  readonly name?: string;
  /**
   * The folder of the machine that holds the models: what the plan names of the hub as a Hugging Face cache, else the files
   * themselves; Ollama's store. Default: `./models` beside the files, of `systemd` `/srv/models`. `kubernetes` has a volume instead.
   */
  readonly modelsFolder?: string;
  /** An image with its tag, in the place of the engine's own. */
  readonly image?: string;
  /** `sha256:` and 64 hexadecimal digits: pins the image, whatever becomes of its tag. */
  readonly digest?: string;
  /** Whose GPUs there are. Default: as the plan's host has them. */
  readonly devices?: ContainerDevices;
  /** Whether callers have to send a key, which stands in none of the files. Default true, where the engine knows keys. */
  readonly apiKey?: boolean;
  /** `compose`: where the machine listens. `false`: only containers of the network reach it. Default 127.0.0.1 and the plan's port. */
  readonly publish?: false | { readonly address?: string; readonly port?: number };
  /** `compose`: the image with its tag that publishes the port. Default `docker.io/library/haproxy:3.2-alpine`. */
  readonly gatewayImage?: string;
  /** `kubernetes`: default the cluster's own. */
  readonly storageClass?: string;
  /** `systemd`, `shell`: the program's path. Default: as the plan has it, found on `PATH`. */
  readonly program?: string;
  /** `systemd`: who may connect besides this machine, as addresses or networks. Default: private networks, where the plan listens beyond this machine. */
  readonly clients?: readonly string[];
  /** How long calls that run may take to end when the server is stopped. Default 120. */
  readonly graceSeconds?: number;
}
