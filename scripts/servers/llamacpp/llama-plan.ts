import { serverEnvironment } from "../../../src/deploy/launch/server-environment.ts";
import { llamacppServer } from "../../../src/providers/llamacpp/llamacpp-server.ts";
import type { PreparedServer } from "../running-server.ts";
import { standardSettings } from "../standard-settings.ts";
import type { LlamaServerOptions } from "./llama-server-options.ts";

/** How one kind of llama-server is started. */
export interface LlamaCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: string;
}

/** What both kinds of llama-server have in common. */
export function llamaPlan({ command, args, version }: LlamaCommand, options: LlamaServerOptions): PreparedServer {
  const { apiKey, alias = "smollm2" } = options;
  const { ownVariables, address } = llamacppServer;
  return {
    command: {
      ...llamacppServer,
      name: "llama-server",
      command,
      arguments: args,
      environment: serverEnvironment({
        env: process.env,
        ownVariables,
        offline: false,
        added: apiKey === undefined ? {} : { LLAMA_API_KEY: apiKey },
      }),
      address: (line) => address(line, standardSettings),
      version: () => undefined,
    },
    version,
    model: alias,
  };
}
