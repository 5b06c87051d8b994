import type { EngineContainer } from "../../deploy/engine-container.ts";
import type { Plan } from "../../deploy/plan/plan-value.ts";
import { plannedOllama } from "./ollama-planned.ts";

const folder = "/models";
const gibibyte = 1_073_741_824;
// A store that may only be read cannot be pruned.
const offline = { OLLAMA_NO_CLOUD: "1", OLLAMA_NOPRUNE: "1" };

/** Ollama 0.34.2 in its own images. The models are its store, which it was seen to serve from where it may only read it. */
export const ollamaContainer: EngineContainer = {
  image: (devices) => ({ name: "docker.io/ollama/ollama", tag: devices === "amd" ? "0.34.2-rocm" : "0.34.2" }),
  entry: ["/bin/ollama", "serve"],
  modelsFolder: folder,
  writable: [
    { path: "/tmp", why: "temporary files" },
    { path: "/home/ollama", why: "a key pair of its own, which it makes at its start" },
  ],
  // The devices of AMD belong to root and to groups whose numbers differ from machine to machine.
  user: (devices) => (devices === "amd" ? undefined : { id: 65_532, group: 65_532 }),
  readyPath: "/api/version",
  ready: () => ["/bin/ollama", "list"],
  arguments: () => [],
  environment: (plan) => ({
    ...plan.environment,
    ...offline,
    OLLAMA_HOST: `0.0.0.0:${plannedOllama(plan).port}`,
    OLLAMA_MODELS: folder,
    HOME: "/home/ollama",
  }),
  offline,
  folderVariable: () => "OLLAMA_MODELS",
  fill,
  sharedMemory: false,
  startSeconds: 120,
  processBytes: (gpus) => gibibyte + gpus * gibibyte,
};

/** A server of its own for as long as it takes, since only a server changes a store. */
function fill(plan: Plan): ReturnType<EngineContainer["fill"]> {
  const { files } = plannedOllama(plan);
  const published = files.length === 0;
  const names = files.map((file) => file.replace(/^.*[/\\]/, "").replaceAll(/["$`\\]/g, "\\$&"));
  const [make = ""] = plan.afterwards ?? [];
  const lines = [
    "ollama serve & server=$!",
    "until ollama list >/dev/null 2>&1; do kill -0 $server || exit 1; sleep 1; done",
    ...(published
      ? [make]
      : [
          `printf 'FROM %s\\n' ${names.map((name) => `"$1/${name}"`).join(" ")} >/tmp/Modelfile`,
          make.replace(/-f Modelfile$/, "-f /tmp/Modelfile"),
        ]),
    "kill $server",
    "wait $server || true",
  ];
  return { downloads: published, makesStore: true, script: lines.join("\n") };
}
