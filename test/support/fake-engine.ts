import { fileURLToPath } from "node:url";

import { withOption } from "../../src/core/command-line.ts";
import { originOf } from "../../src/core/listening-address.ts";
import { llamacppEngine, type Engine } from "../../src/deploy.ts";
import type { EngineServer } from "../../src/deploy/engine-server.ts";
import type { Plan } from "../../src/deploy/plan/plan-value.ts";

/** The program of `fakeServer`. */
export const fakeProgram = fileURLToPath(new URL("fake-server.mjs", import.meta.url));

/** How `fake-server.mjs` is started, watched and ended. */
export const fakeServer: EngineServer = {
  program: "fake-server",
  installHint: "Install the fake server.",
  version: { arguments: ["--version"], read: (output) => /version (\S+)/.exec(output)?.[1] },
  ownVariables: /^FAKE_/,
  takesKey: true,
  takesAnyPort: true,
  launched: ({ command, environment }, { port, apiKey = "none" }) => ({
    command: withOption(command, "--port", String(port)),
    environment: { ...environment, FAKE_KEY: apiKey },
  }),
  address: (line, { address }) => {
    const [, port] = /listening at (\d+)/.exec(line) ?? [];
    return port === undefined ? undefined : originOf(address, Number(port));
  },
  readyPath: "/health",
  progress: (line) => {
    const [, done, total] = /loaded (\d) of (\d)/.exec(line) ?? [];
    return done === undefined ? undefined : { task: "loading", done: Number(done), total: Number(total) };
  },
  decides: (line) => line.startsWith("E "),
  words: (line) => line.replace(/^[IE] /, ""),
  advice: (line) => (line.includes("is cut") ? "Fetch the file again." : undefined),
  gracesMs: [300, 200],
};

/** A plan for it, with further arguments of the program. */
export function fakePlan(...flags: readonly string[]): Plan {
  return {
    engine: "fake",
    model: {
      name: "fake-model",
      title: "Fake",
      source: "/nowhere",
      format: "gguf",
      quantization: "Q8_0",
      origin: "files",
      weightBytes: 0,
    },
    on: "this machine",
    layout: { place: "memory", gpus: 0, machines: 1, replicas: 1 },
    contextLength: 8,
    parallel: 1,
    concurrent: 1,
    kvType: "f16",
    kvBits: 16,
    memory: { engine: "fake", lines: [], devices: [], cacheBytesPerToken: 0, notes: [] },
    alternatives: [],
    prepare: [],
    command: ["fake-server", "--host", "127.0.0.1", "--port", "0", ...flags],
    environment: { PLANNED: "yes" },
    warnings: [],
  };
}

/** An engine whose server it is, with another way for some of it. */
export const fakeEngine = (server: Partial<EngineServer> = {}): Engine => ({
  ...llamacppEngine,
  name: "fake",
  server: { ...fakeServer, ...server },
});
