import { ollamaServer } from "../../../src/providers/ollama/ollama-server.ts";
import type { PreparedServer } from "../running-server.ts";
import { standardSettings } from "../standard-settings.ts";
import type { OllamaProgram } from "./ollama-program.ts";

/** How Ollama is started. */
export function ollamaPlan(
  { program, version }: OllamaProgram,
  model: string,
  environment: NodeJS.ProcessEnv,
  removes?: string,
): PreparedServer {
  return {
    command: {
      ...ollamaServer,
      name: "ollama",
      command: program,
      arguments: ["serve"],
      environment,
      address: (line) => ollamaServer.address(line, standardSettings),
      version: () => undefined,
      ...(removes === undefined ? {} : { removes }),
    },
    version,
    model,
  };
}
