import { bracketed, originOf } from "../../core/listening-address.ts";
import type { EngineServer, LaunchSettings } from "../../deploy/engine-server.ts";
import type { Plan } from "../../deploy/plan/plan-value.ts";

/** How Ollama is started, watched and ended; variables and lines of the log are those of 0.34.2. */
export const ollamaServer: EngineServer = {
  program: "ollama",
  installHint:
    "Install Ollama (https://ollama.com/download), or name the program: launch(plan, { programs: { ollama: path } }).",
  version: { read: (line) => /Listening on \S+ \(version ([^)]+)\)/.exec(line)?.[1] },
  // Its llama-servers read LLAMA_ARG_…
  ownVariables: /^(?:OLLAMA_|LLAMA_ARG_)/,
  takesKey: false,
  takesAnyPort: true,
  launched,
  address: (line, { address }) => {
    const [, port] = /Listening on \S+:(\d+) \(version/.exec(line) ?? [];
    return port === undefined ? undefined : originOf(address, Number(port));
  },
  readyPath: "/api/version",
  decides: (line) => line.startsWith("Error: "),
  words: (line) => line.replace(/^Error: /, "").replace(/^time=\S+ level=\w+ source=\S+ /, ""),
  gracesMs: [2_000, 1_000],
  install: async (plan, server) => (await import("./ollama-install.ts")).installModel(plan, server),
};

function launched(plan: Plan, settings: LaunchSettings): ReturnType<EngineServer["launched"]> {
  const { address, port, offline, temporaryFolder, modelStore } = settings;
  return {
    command: plan.command,
    environment: {
      ...plan.environment,
      OLLAMA_HOST: `${bracketed(address)}:${port}`,
      OLLAMA_MODELS: modelStore,
      // It makes a pair of keys there, and reads settings that are not the plan's.
      HOME: temporaryFolder,
      // A server that starts would remove the blobs of a model that another one creates in the same store.
      OLLAMA_NOPRUNE: "1",
      ...(offline ? { OLLAMA_NO_CLOUD: "1" } : {}),
    },
  };
}
