import { mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { createClient, type Client } from "../client/client.ts";
import { checkOptions } from "../core/check-options.ts";
import type { EgressPolicy } from "../core/egress.ts";
import { InhouseError } from "../core/error.ts";
import type { Provider } from "../core/provider.ts";
import { checkFiles, pinFiles } from "../deploy/files/pin-files.ts";
import { deployModel } from "../deploy/launch/deploy-model.ts";
import { launchOptions } from "../deploy/launch/launch-options.ts";
import type { LaunchedServer } from "../deploy/launch/launched-server.ts";
import type { Plan, PlanSpec } from "../deploy/plan/plan-value.ts";
import type { ImatrixText } from "../deploy/quantize/quantize-options.ts";
import type { Verification } from "../deploy/verify/verification.ts";
import { egressPolicy } from "../governance/egress-policy.ts";
import type { EndpointOptions } from "../http/endpoint.ts";
import { createTransport } from "../http/undici-transport.ts";
import { llamacpp } from "../providers/llamacpp/index.ts";
import { ollama } from "../providers/ollama/index.ts";
import { vllm } from "../providers/vllm/index.ts";
import { fetchModel } from "./fetching.ts";
import { launch, type LaunchOptions } from "./launching.ts";
import { plan } from "./planning.ts";
import { quantize } from "./quantizing.ts";
import { readModel } from "./reading.ts";
import { usualEngines } from "./usual-engines.ts";
import { verify } from "./verifying.ts";

/** Options of `deploy`: those of `launch`, and where models come from. */
export interface DeployOptions extends Omit<LaunchOptions, "transport" | "policy"> {
  /**
   * What may be connected to, by everything that `deploy` and its client do. `no-exfiltration`: this machine alone, nothing is
   * fetched, and the server's connections are watched while it is verified. Default: no policy.
   */
  readonly policy?: EgressPolicy | "no-exfiltration";
  /** Where models are made and fetched to. Default `models` in the folder that this process runs in. */
  readonly modelsFolder?: string;
  /** A Hugging Face endpoint or mirror, which published models are fetched from. Default: nothing is fetched. */
  readonly endpoint?: string;
  /** An importance matrix for what has to be quantized: its file, or the text that one is made of. */
  readonly imatrix?: string | ImatrixText;
}

/** A server that runs as planned, the proof, and a client for it. */
export interface Deployment extends AsyncDisposable {
  /** Bound to the server: its model is the default of every call. */
  readonly client: Client;
  readonly server: LaunchedServer;
  /** With the digests of the model's files: keep it, and `verify` holds any later server against it. */
  readonly plan: Plan;
  readonly report: Verification;
  /** Closes the client and ends the server. */
  close(): Promise<void>;
}

const optionNames: Record<keyof DeployOptions, true> = {
  ...launchOptions,
  engines: true,
  env: true,
  policy: true,
  modelsFolder: true,
  endpoint: true,
  imatrix: true,
};

const providers: Readonly<Record<string, (at: EndpointOptions) => Provider>> = { vllm, ollama, llamacpp };

/**
 * Plans, makes or fetches the model's files where that is needed, pins them, launches, and verifies; or launches and verifies
 * a plan that was kept. Rejects with `mismatch` where what runs is not what was planned, or a file is not the one
 * that was pinned, and as `plan`, `quantize`, `fetchModel`, `launch` and `verify` do; then no server is left.
 */
export async function deploy(wanted: PlanSpec | Plan, options: DeployOptions = {}): Promise<Deployment> {
  checkOptions("deploy", options, optionNames);
  const { policy: named, modelsFolder = "models", endpoint, imatrix, ...launching } = options;
  const { signal, onProgress, programs, env, engines = usualEngines } = launching;
  const isClosed = named === "no-exfiltration";
  const policy = isClosed ? egressPolicy({ allow: ["loopback"] }) : named;
  const transport = createTransport(policy ? { policy } : {});
  const watched = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const reading = { transport, ...(signal ? { signal } : {}), ...(env ? { env } : {}) };
  try {
    const proven = await deployModel(wanted, modelsFolder, {
      plan: (spec) => plan(spec, { ...reading, engines }),
      async quantize(source, type, target) {
        if (await isMade(source, target, type)) return;
        await mkdir(dirname(target), { recursive: true });
        const given = { ...(imatrix === undefined ? {} : { imatrix }), ...(programs ? { programs } : {}) };
        await quantize(source, type, { target, ...given, ...watched, ...(env ? { env } : {}) });
      },
      ...(endpoint === undefined || isClosed
        ? {}
        : {
            bring: async ({ model: { source, format, quantization } }: Plan, folder: string) => {
              const files = format === "gguf" ? { quantization } : {};
              const repository = { huggingFace: source, endpoint, ...files };
              return (await fetchModel(repository, { to: folder, transport, ...watched })).path;
            },
          }),
      files: filesAt,
      pin: (paths) => pinFiles(paths, watched),
      check: (files, folder) => checkFiles(files, { folder, ...watched }),
      launch: (made) => launch(made, { ...launching, transport }),
      verify: (made, server, digests) => {
        const { url, pid, apiKey } = server;
        const key = apiKey === undefined ? {} : { apiKey };
        const asked = { pid, engines, log: server.log(), localOnly: isClosed, digests, transport, ...key, ...watched };
        return verify(made, url, { ...asked, ...(env ? { env } : {}) });
      },
    });
    const client = createClient({ provider: providerOf(proven.server), model: proven.server.model });
    const close = async (): Promise<void> => {
      await client.close();
      await proven.server.stop();
      await transport.close();
    };
    return { ...proven, client, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await transport.close();
    throw error;
  }

  function providerOf({ engine, url, apiKey }: LaunchedServer): Provider {
    const at = { baseURL: url, transport, ...(apiKey === undefined ? {} : { apiKey }) };
    const make = providers[engines.find(({ name }) => name === engine)?.provider ?? engine];
    if (make) return make(at);
    throw new InhouseError("unsupported", `deploy: there is no client for the engine "${engine}".`, {
      hint: `Its Engine names a provider of ${Object.keys(providers).join(", ")}; or launch() it, and speak with it by one of your own.`,
    });
  }
}

/** Whether the target was made of this source, as far as that can be told: the same model, of that type, and later. */
async function isMade(source: string, target: string, type: string): Promise<boolean> {
  const times = await Promise.all([source, target].map(async (path) => (await stat(path)).mtimeMs)).catch(() => []);
  const [sourceMs = 0, targetMs = -1] = times;
  if (targetMs < sourceMs) return false;
  const [wide, made] = await Promise.all([readModel(source), readModel(target)]);
  return (
    made.quantization.name === type && made.name === wide.name && made.parameters?.total === wide.parameters?.total
  );
}

/** The files of a model: all parts of a GGUF file, or what stands in a folder. */
async function filesAt(place: string): Promise<readonly string[]> {
  if ((await stat(place)).isFile()) return (await readModel(place)).sources.map((path) => resolve(path));
  const entries = await readdir(place, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith("."));
  return files.map(({ parentPath, name }) => resolve(join(parentPath, name))).toSorted();
}
