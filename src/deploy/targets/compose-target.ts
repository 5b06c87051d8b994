import { quoted } from "../../core/command-line.ts";
import { originOf } from "../../core/listening-address.ts";
import type { ContainerFill } from "../engine-container.ts";
import { gatewayFile, gatewayService, publishedAt } from "./compose-gateway.ts";
import { fillService, hubToken, modelService } from "./compose-services.ts";
import { modelsContent, modelsFolderOf } from "./models-place.ts";
import { hasKey, startSecondsOf, type ContainerSource } from "./target-facts.ts";
import { planNotes } from "./target-notes.ts";
import { prepareSteps, readmeFiles, type ReadmeStep } from "./target-readme.ts";
import type { TargetFile } from "./target-value.ts";
import { noted, yamlText, type YamlValue } from "./yaml-text.ts";

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

/** Compose reads `$` as the beginning of a variable: all are written twice but those that are meant. */
function interpolated(value: YamlValue): YamlValue {
  if (typeof value === "string") return value === hubToken ? value : value.replaceAll("$", "$$$$");
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
  const { plan, planned, container, devices, name } = source;
  const user = container.user(devices) ?? { id: 0, group: 0 };
  const published = publishedAt(source);
  const models = quoted(modelsFolderOf(source, "./models"));
  const keyed = hasKey(container, source.options);
  const seconds = startSecondsOf(plan, container.startSeconds);
  const header = keyed ? ' --header "Authorization: Bearer $(sudo cat secrets/api-key)"' : "";
  const steps: readonly ReadmeStep[] = [
    ...(fill?.downloads ? [] : prepareSteps(plan)),
    {
      what: `Make the folder of the models, ${modelsContent(source, fill?.makesStore ?? false)}:`,
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
              lines: [
                `curl --fail${header} ${quoted(`${originOf(published.address, published.port)}${container.readyPath}`)}`,
              ],
            },
          ]
        : [
            {
              what: "It answers other containers of the network:",
              lines: [`docker compose exec model ${container.ready(planned.port).map(quoted).join(" ")}`],
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
