import type { ContainerFill } from "../engine-container.ts";
import { bytesText } from "../plan/plan-words.ts";
import { modelsFolderOf } from "./models-place.ts";
import { gpusOfMachine } from "./target-devices.ts";
import {
  containerEnvironment,
  hasKey,
  imageText,
  sharedBytes,
  startSecondsOf,
  wholeGiB,
  type ContainerSource,
} from "./target-facts.ts";
import { noted, type YamlValue } from "./yaml-text.ts";

const secret = "/run/secrets/api-key";

/** Where Compose takes the token of the hub from: the caller's environment. */
export const hubToken = "${HF_TOKEN:-}";

/** The server, which reaches nothing beyond its network. */
export function modelService(source: ContainerSource): YamlValue {
  const { plan, planned, container, graceSeconds, devices } = source;
  const gpus = gpusOfMachine(plan);
  const startSeconds = startSecondsOf(plan, container.startSeconds);
  const keyed = hasKey(container, source.options);
  const { keyVariable, keyFileVariable } = container;
  // A key that is read in the container stands in no list of processes and in no `docker inspect`.
  const readsKey = keyed && keyFileVariable === undefined;
  const shell = ["/bin/sh", "-ec", `${keyVariable}="$(cat ${secret})"; export ${keyVariable}; exec "$@"`, "model"];
  return {
    image: imageText(source),
    entrypoint: [...(readsKey ? shell : []), ...container.entry],
    command: container.arguments(plan),
    environment: {
      ...containerEnvironment(plan, container),
      ...(keyed && keyFileVariable !== undefined ? { [keyFileVariable]: secret } : {}),
    },
    ...(keyed ? { secrets: noted(["api-key"], ...(container.keyNote === undefined ? [] : [container.keyNote])) } : {}),
    ...confined(source),
    networks: ["inference"],
    volumes: [modelsMount(source, true)],
    ...(container.sharedMemory
      ? { shm_size: noted(`${wholeGiB(sharedBytes(gpus))}g`, "Its processes pass tensors through /dev/shm.") }
      : {}),
    ...(devices === "nvidia"
      ? {
          deploy: {
            resources: { reservations: { devices: [{ driver: "nvidia", count: gpus, capabilities: ["gpu"] }] } },
          },
        }
      : {}),
    ...(devices === "amd"
      ? {
          devices: noted(
            ["/dev/kfd:/dev/kfd", "/dev/dri:/dev/dri"],
            "All GPUs of the machine; name single /dev/dri/renderD… for fewer.",
          ),
        }
      : {}),
    healthcheck: {
      test: ["CMD", ...container.ready(planned.port)],
      interval: "15s",
      timeout: "10s",
      retries: 4,
      start_period: noted(
        `${startSeconds}s`,
        `Loading ${bytesText(plan.model.weightBytes)} may take as long from a slow disk; it is ready as soon as it answers.`,
      ),
    },
    stop_grace_period: `${graceSeconds}s`,
    init: true,
    restart: "unless-stopped",
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "5" } },
  };
}

/** What no container of ours needs is taken from it. */
function confined({ container, devices }: ContainerSource): { readonly [key: string]: YamlValue } {
  const user = container.user(devices);
  const owner = user ? `,uid=${user.id},gid=${user.group}` : "";
  return {
    ...(user
      ? { user: `${user.id}:${user.group}` }
      : {
          user: noted(
            "0:0",
            "Root of the container, without capabilities: the image is not prepared for another user on this hardware.",
          ),
        }),
    read_only: true,
    tmpfs: noted(
      container.writable.map(({ path }) => `${path}:rw,exec,nosuid,nodev${owner},mode=0770`),
      ...container.writable.map(({ path, why }) => `${path}: ${why}. In memory, gone with the container.`),
    ),
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
  };
}

const modelsMount = (source: ContainerSource, readOnly: boolean): YamlValue => ({
  type: "bind",
  source: modelsFolderOf(source, "./models"),
  target: source.container.modelsFolder,
  read_only: readOnly,
  bind: { create_host_path: false },
});

/** What fills the models, run once, by name: its profile keeps it out of `docker compose up`. */
export function fillService(source: ContainerSource, { downloads, script, setup, image }: ContainerFill): YamlValue {
  const { container, plan } = source;
  const folder = container.folderVariable(plan);
  return noted(
    {
      image: image ? `${image.name}:${image.tag}` : imageText(source),
      profiles: ["fill"],
      entrypoint: ["/bin/sh", "-ec", [...(setup === undefined ? [] : [setup]), script].join("\n"), "fill", "/import"],
      environment: {
        HOME: "/tmp",
        ...(folder === undefined ? {} : { [folder]: container.modelsFolder }),
        ...(downloads ? { HF_TOKEN: hubToken } : {}),
      },
      ...confined(source),
      networks: [downloads ? "outside" : "inference"],
      volumes: [
        modelsMount(source, false),
        ...(downloads
          ? []
          : [
              {
                type: "bind",
                source: "./import",
                target: "/import",
                read_only: true,
                bind: { create_host_path: false },
              },
            ]),
      ],
    },
    downloads
      ? "The only container that may ask the world outside, and write to the models. Run once."
      : "The only container that may write to the models. Run once.",
  );
}
