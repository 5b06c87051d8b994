import { callEnd } from "../core/call-end.ts";
import { checkOptions } from "../core/check-options.ts";
import type { Engine } from "../deploy/engine.ts";
import type { Plan } from "../deploy/plan/plan-value.ts";
import type { IdentifiedServer } from "../deploy/verify/check-identity.ts";
import type { Verification } from "../deploy/verify/verification.ts";
import {
  verify as verifyWith,
  verifyOptionNames,
  type VerifyOptions as OwnVerifyOptions,
} from "../deploy/verify/verify.ts";
import type { ServerIdentity } from "../http/server-identity.ts";
import { withTransport, type TransportChoice } from "./own-transport.ts";
import { usualEngines } from "./usual-engines.ts";

/** Options of `verify`. */
export interface VerifyOptions extends OwnVerifyOptions, TransportChoice {
  /** What the plan's engine is looked up in. Default: vLLM, llama-server, Ollama. */
  readonly engines?: readonly Engine[];
  /** Where the server's key is looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Proves that what runs at a URL is what was planned: engine, model name, files, quantization, context, sequences, cache, layers,
 * chat template, where it listens and with whom it speaks, and what it makes of prompts, each with where that was seen. What
 * nothing tells is `unknown`; whatever its processes tell is so on another machine. Rejects with `invalid-request` for a
 * plan that is damaged, and with the transport's errors where nobody answers.
 */
export async function verify(planned: Plan, url: string, options: VerifyOptions = {}): Promise<Verification> {
  checkOptions("verify", options, { ...verifyOptionNames, transport: true, policy: true, engines: true, env: true });
  const { transport: _lent, policy: _policy, engines = usualEngines, env = process.env, ...own } = options;
  return await withTransport(options, async (transport) => {
    const { identities, findServer } = await identification();
    const key = own.apiKey ?? keyFor(url, identities, env);
    const known = key === undefined ? {} : { apiKey: key };
    const identify = async (baseURL: string): Promise<IdentifiedServer> => {
      const asking = { transport, headers: {}, timeoutMs: 10_000, signal: own.signal ?? callEnd() };
      const found = await findServer({ baseURL, namedBy: "the URL given", ...known }, identities, asking);
      if (!("identity" in found)) throw found.failure;
      const { identity, identification: told, rootURL } = found;
      const provider = identity.provider({ baseURL: rootURL, transport, ...known });
      return { engine: identity.name, title: identity.title, ...told, provider };
    };
    return await verifyWith(planned, url, { ...own, ...known, transport, engines, identify });
  });
}

/** What finds out who answers at an address, loaded when somebody asks. */
async function identification() {
  const [{ findServer }, ...known] = await Promise.all([
    import("../http/find-server.ts"),
    import("../providers/vllm/vllm-identify.ts"),
    import("../providers/llamacpp/llamacpp-identify.ts"),
    import("../providers/ollama/ollama-identify.ts"),
    import("../providers/openai-compatible/openai-identify.ts"),
  ]);
  return { findServer, identities: known.flatMap((module): readonly ServerIdentity[] => Object.values(module)) };
}

/** The key that the environment has for a server at that address. */
function keyFor(url: string, identities: readonly ServerIdentity[], env: NonNullable<VerifyOptions["env"]>) {
  const named = identities.flatMap((identity) => identity.fromEnvironment(env));
  const isThere = (baseURL: string): boolean =>
    URL.canParse(baseURL) && URL.canParse(url) && new URL(baseURL).origin === new URL(url).origin;
  return named.find(({ baseURL, apiKey }) => apiKey !== undefined && isThere(baseURL))?.apiKey;
}
