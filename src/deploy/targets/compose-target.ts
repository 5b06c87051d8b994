import type { ContainerFill } from "../engine-container.ts";
import { bytesText, quoted } from "../plan/plan-words.ts";
import { gatewayFile, gatewayService, publishedAt } from "./compose-gateway.ts";
import { modelsContent, modelsFolderOf } from "./models-place.ts";
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
import { planNotes } from "./target-notes.ts";
import { prepareSteps, readmeFiles, type ReadmeStep } from "./target-readme.ts";
import type { TargetFile } from "./target-value.ts";
import { noted, yamlText, type YamlValue } from "./yaml-text.ts";

const secret = "/run/secrets/api-key";

/** Files for `docker compose` (2.20 or newer): the server in a network from which nothing leaves, and a gateway that publishes its port. */
export function composeFiles(source: ContainerSource): readonly TargetFile[] {
  const { plan, name, container } = source;
  const fill = container.fill(plan);
  const gateway = gatewayService(source);
  const keyed = hasKey(container, source.options);
  const document = {
    name,
    services: {
      model: modelService(source),
      ...(gateway === undefined ? {} : { gateway }),
      ...(fill ? { fill: fillService(source, fill) } : {}),
    },
    networks: {
      inference: noted({ internal: true }, "No route leads out of it. It publishes no ports either: the gateway does."),
      ...(gateway !== undefined || fill?.downloads ? { outside: {} } : {}),
    },
    ...(keyed ? { secrets: { "api-key": { file: "./secrets/api-key" } } } : {}),
  };
  return [
    { path: "compose.yaml", text: yamlText([interpolated(document)], planNotes(plan)) },
    ...(gateway === undefined ? [] : [gatewayFile(source)]),
    ...readmeFiles(plan, readme(source, fill)),
  ];
}

function modelService(source: ContainerSource): YamlValue {
  const { plan, container, graceSeconds, devices } = source;
  const gpus = gpusOfMachine(plan);
  const { port } = container.listens(plan);
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
      test: ["CMD", ...container.ready(port)],
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

/** Run once, by name: its profile keeps it out of `docker compose up`. */
function fillService(source: ContainerSource, { downloads, script, setup, image }: ContainerFill): YamlValue {
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
        ...(downloads ? { HF_TOKEN: "${HF_TOKEN:-}" } : {}),
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

/** Compose reads `$` as the beginning of a variable: all are written twice but those that are meant. */
function interpolated(value: YamlValue): YamlValue {
  if (typeof value === "string") return value === "${HF_TOKEN:-}" ? value : value.replaceAll("$", "$$$$");
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return (value as readonly YamlValue[]).map(interpolated);
  const copy: Record<string | symbol, unknown> = {};
  for (const key of Reflect.ownKeys(value)) {
    const own: unknown = Reflect.get(value, key);
    copy[key] = typeof key === "symbol" || own === undefined ? own : interpolated(own as YamlValue);
  }
  return copy as YamlValue;
}

function readme(source: ContainerSource, fill: ContainerFill | undefined): Parameters<typeof readmeFiles>[1] {
  const { plan, container, devices, name } = source;
  const { port } = container.listens(plan);
  const user = container.user(devices) ?? { id: 0, group: 0 };
  const published = publishedAt(source);
  const models = quoted(modelsFolderOf(source, "./models"));
  const keyed = hasKey(container, source.options);
  const seconds = startSecondsOf(plan, container.startSeconds);
  const header = keyed ? ' --header "Authorization: Bearer $(sudo cat secrets/api-key)"' : "";
  const host = published && /^(0\.0\.0\.0|::|\[::\])$/.test(published.address) ? "127.0.0.1" : published?.address;
  const steps: readonly ReadmeStep[] = [
    ...(fill?.downloads ? [] : prepareSteps(plan)),
    {
      what: `Make the folder of the models, ${modelsContent(plan, fill?.makesStore ?? false)}:`,
      lines: [`mkdir -p ${models}`, ...(fill ? [`sudo chown ${user.id}:${user.group} ${models}`] : [])],
    },
    ...(fill
      ? [
          {
            what: fill.downloads
              ? "Fill it. HF_TOKEN is read from your environment where a repository asks for it:"
              : "Put the file into ./import, and fill it:",
            lines: ["docker compose run --rm fill"],
          },
        ]
      : [{ what: `The server reads it as user ${user.id} and never writes to it: put there what is named above.` }]),
    ...(keyed
      ? [
          {
            what: "Make a key, which stands in no other file:",
            lines: [
              "mkdir -m 700 -p secrets",
              "openssl rand -hex 32 > secrets/api-key",
              `sudo chown ${user.id}:${user.group} secrets/api-key && sudo chmod 400 secrets/api-key`,
            ],
          },
        ]
      : []),
    {
      what: "Start it, and wait until it answers:",
      lines: [`docker compose up --detach --wait --wait-timeout ${seconds}`],
    },
  ];
  return {
    title: `${name}: ${plan.model.title} with Docker Compose`,
    about: [
      "The server stands in a network that no route leads out of. Such a network publishes no ports, so a small gateway, which holds no model, stands in it and in a second one, and passes connections on.",
    ],
    steps,
    checks: [
      ...(published
        ? [
            {
              what: "It answers:",
              lines: [`curl --fail${header} http://${host}:${published.port}${container.readyPath}`],
            },
          ]
        : [
            {
              what: "It answers other containers of the network:",
              lines: [`docker compose exec model ${container.ready(port).map(quoted).join(" ")}`],
            },
          ]),
      {
        what: "Nothing leaves: this lists one network, and it is internal.",
        lines: [
          `docker network inspect --format '{{.Internal}}' $(docker inspect --format '{{range .NetworkSettings.Networks}}{{.NetworkID}} {{end}}' $(docker compose ps --quiet model))`,
        ],
      },
    ],
  };
}
