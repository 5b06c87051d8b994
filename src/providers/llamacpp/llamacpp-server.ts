import { hasOption, withOption } from "../../core/command-line.ts";
import { originOf } from "../../core/listening-address.ts";
import type { EngineServer, LaunchSettings } from "../../deploy/engine-server.ts";
import type { Plan } from "../../deploy/plan/plan-value.ts";

/** How llama-server is started, watched and ended; flags and lines of the log are those of b11434. */
export const llamacppServer: EngineServer = {
  program: "llama-server",
  installHint:
    'Install llama.cpp (brew install llama.cpp, or compile github.com/ggml-org/llama.cpp), or name the program: launch(plan, { programs: { "llama-server": path } }).',
  version: {
    arguments: ["--version"],
    read(text) {
      const build = /\(build (\d+)|version: (\d+) \(/.exec(text);
      return build ? `b${build[1] ?? build[2]}` : undefined;
    },
  },
  ownVariables: /^LLAMA_(?:ARG_|API_KEY$)/,
  takesKey: true,
  takesAnyPort: true,
  launched,
  address: (line, { address }) => {
    const [, port] = /listening on https?:\/\/\S*:(\d+)/.exec(line) ?? [];
    return port === undefined ? undefined : originOf(address, Number(port));
  },
  readyPath: "/health",
  decides: (line) => /^[\d.]+ E |^error\b/.test(line),
  words: (line) => line.replace(/^[\d.]+ [A-Z] /, ""),
  advice,
  // With a request open that is not streamed, only the second SIGTERM ends it.
  gracesMs: [2_000, 1_000],
};

function launched(plan: Plan, { port, apiKey, offline }: LaunchSettings): ReturnType<EngineServer["launched"]> {
  const command = withOption(plan.command, "--port", String(port));
  return {
    command: [
      ...command,
      // It echoes every origin otherwise: any page in a browser of this machine could use the server.
      ...(hasOption(command, "--cors-origins") ? [] : ["--cors-origins", "localhost"]),
      ...(offline && !hasOption(command, "--offline") ? ["--offline"] : []),
    ],
    environment: { ...plan.environment, ...(apiKey === undefined ? {} : { LLAMA_API_KEY: apiKey }) },
  };
}

function advice(line: string): string | undefined {
  if (/not within the file bounds|invalid magic|failed to load model|corrupted or incomplete/.test(line)) {
    return "The file is cut, damaged or no model: compare its size and digest with the source's, and fetch it again.";
  }
  if (/exactly one out metadata/.test(line)) {
    return "The model is not in llama.cpp's cache: start it once with launch(plan, { offline: false }), or plan for a file.";
  }
  if (/unable to allocate|out of memory|failed to allocate/i.test(line)) {
    return "Plan for less context, or for smaller weights.";
  }
  return undefined;
}
