import type { LaunchPlan } from "../launch-plan.ts";
import type { OllamaProgram } from "./ollama-program.ts";

const LISTENING = /Listening on (\S+:\d+) \(version/;

/** How Ollama is started. */
export function ollamaPlan(
  { program, version }: OllamaProgram,
  model: string,
  env: NodeJS.ProcessEnv,
  removes?: string,
): LaunchPlan {
  return {
    name: "ollama",
    command: program,
    args: ["serve"],
    env,
    version,
    model,
    address: (line) => {
      const address = LISTENING.exec(line)?.[1];
      return address === undefined ? undefined : `http://${address}`;
    },
    readyPath: "/api/version",
    gracesMs: [2000, 1000],
    removes,
  };
}
