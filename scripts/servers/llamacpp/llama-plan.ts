import type { LaunchPlan } from "../launch-plan.ts";
import type { LlamaServerOptions } from "./llama-server-options.ts";

const LISTENING = /listening on (https?:\/\/\S+)/;

/** How one kind of llama-server is started. */
export type LlamaCommand = Pick<LaunchPlan, "command" | "args" | "version">;

/** What both kinds of llama-server have in common. */
export function llamaPlan(kind: LlamaCommand, options: LlamaServerOptions): LaunchPlan {
  return {
    ...kind,
    name: "llama-server",
    env: serverEnvironment(options.apiKey),
    model: options.alias ?? "smollm2",
    address: (line) => LISTENING.exec(line)?.[1],
    readyPath: "/health",
    // With a request open, that is not streamed, only the second SIGTERM ends it.
    gracesMs: [2000, 1000],
  };
}

/** The binary reads most of its options from variables too; those of the user's shell are not meant for this server. */
function serverEnvironment(apiKey: string | undefined): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^LLAMA_(ARG_|API_KEY$)/.test(name));
  return { ...Object.fromEntries(kept), ...(apiKey === undefined ? {} : { LLAMA_API_KEY: apiKey }) };
}
