import { checkNumber } from "./client/check.ts";
import { createClient, type Client, type ClientOptions } from "./client/client.ts";
import { callEnd } from "./core/call-end.ts";
import { checkOptions } from "./core/check-options.ts";
import type { EgressPolicy } from "./core/egress.ts";
import { InhouseError, isInhouseError, withDetails } from "./core/error.ts";
import type { ModelInfo } from "./core/provider.ts";
import type { Transport } from "./core/transport.ts";
import type { Candidate, FoundServer, MissedServer } from "./http/find-server.ts";
import { arrayOf, objectOf, stringOf } from "./http/json.ts";
import { transportFor } from "./http/lazy-transport.ts";
import type { ServerIdentity } from "./http/server-identity.ts";

/** Options of `connect`; those of `createClient` are for the client that it makes. */
export interface ConnectOptions extends Omit<ClientOptions, "provider"> {
  /** Default: what the environment says for that address. Of the usual addresses, only a server that was recognised gets it. */
  readonly apiKey?: string;
  /** Sent with every request to an address that you or the environment name, and to a server that was recognised. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: one of the client's own. */
  readonly transport?: Transport;
  /** What may be connected to, as `egressPolicy()` makes it: an address that it forbids is not asked, and told. */
  readonly policy?: EgressPolicy;
  /** Where addresses and keys are looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For the whole reply to each question that finds out who a server is, in milliseconds. Default 3,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The server behind a client, as it told about itself. */
export interface ServerReport {
  /** The provider's name: `vllm`, `ollama`, `llamacpp`, `openai-compatible`. */
  readonly provider: string;
  /** The server's name as people write it. */
  readonly title: string;
  readonly version?: string;
  /** The replies that gave it away. */
  readonly evidence: string;
  readonly baseURL: string;
  /** Its models, with what their capabilities are known to be; empty while the server loads. */
  readonly models: readonly ModelInfo[];
}

/** A client, and the server that `connect` found for it. */
export interface ConnectedClient extends Client {
  readonly server: ServerReport;
}

const optionNames: Record<keyof ConnectOptions, true> = {
  apiKey: true,
  headers: true,
  transport: true,
  policy: true,
  env: true,
  timeoutMs: true,
  signal: true,
  model: true,
  timeout: true,
  maxRetries: true,
  concurrency: true,
  retryBudget: true,
  capabilities: true,
  media: true,
  middleware: true,
};

/** The servers that are recognised, the surest first; loaded when somebody connects. */
async function knownServers(): Promise<readonly ServerIdentity[]> {
  const [{ vllmIdentity }, { llamacppIdentity }, { ollamaIdentity }, { openaiIdentity }] = await Promise.all([
    import("./providers/vllm/vllm-identify.ts"),
    import("./providers/llamacpp/llamacpp-identify.ts"),
    import("./providers/ollama/ollama-identify.ts"),
    import("./providers/openai-compatible/openai-identify.ts"),
  ]);
  return [vllmIdentity, llamacppIdentity, ollamaIdentity, openaiIdentity];
}

/**
 * Finds out which server answers at a URL, and returns a client for it. Without a URL: where the environment says that
 * one is (`OLLAMA_HOST`, `OPENAI_BASE_URL` …), else at the usual ports of this machine. The server is asked who it is, all
 * questions at once, and then about its models. Rejects with what is there instead, or with all that was tried and how to
 * start a server.
 */
export async function connect(url?: string, options: ConnectOptions = {}): Promise<ConnectedClient> {
  checkOptions("connect", options, optionNames);
  const {
    apiKey,
    headers = {},
    transport: lent,
    policy,
    env = process.env,
    timeoutMs = 3_000,
    signal,
    ...clientOptions
  } = options;
  checkNumber("connect: timeoutMs", timeoutMs, { min: 1, max: 2_147_483_647 });
  const own = { ...(lent ? { transport: lent } : {}), ...(policy ? { policy } : {}) };
  const transport = transportFor(own);
  const [{ findServer }, identities] = await Promise.all([import("./http/find-server.ts"), knownServers()]);
  const candidates = candidatesOf(url, identities, env).map((candidate) =>
    apiKey === undefined ? candidate : { ...candidate, apiKey },
  );
  let outcomes: readonly (FoundServer | MissedServer)[];
  try {
    const asking = { transport, headers, timeoutMs, signal: signal ?? callEnd() };
    outcomes = await Promise.all(candidates.map((candidate) => findServer(candidate, identities, asking)));
  } finally {
    if (!lent) await transport.close();
  }
  const found = outcomes.find((outcome) => "identity" in outcome);
  if (!found) throw notFound(url, outcomes as readonly MissedServer[], identities);
  return connected(found, { headers, ...own }, clientOptions, signal);
}

/** The addresses to try: the one given, else those that the environment names, else the usual ones. */
function candidatesOf(
  url: string | undefined,
  identities: readonly ServerIdentity[],
  env: NonNullable<ConnectOptions["env"]>,
): readonly Candidate[] {
  const inEnvironment = identities.flatMap((identity) => identity.fromEnvironment(env));
  const keyFor = (baseURL: string): { readonly apiKey?: string } => {
    const named = inEnvironment.filter((address) => isSameOrigin(address.baseURL, baseURL));
    const apiKey = named.find((address) => address.apiKey !== undefined)?.apiKey;
    return apiKey === undefined ? {} : { apiKey };
  };
  if (url !== undefined) return [{ baseURL: url, namedBy: "the URL given", ...keyFor(url) }];
  const named = inEnvironment.filter(({ keyAlone }) => !keyAlone);
  if (named.length > 0) {
    return named.map(({ variable, baseURL }) => ({ baseURL, namedBy: variable, ...keyFor(baseURL) }));
  }
  const usual = identities.flatMap(({ title, usualURLs }) =>
    usualURLs.map((baseURL) => ({ baseURL, namedBy: `the usual address of ${title}`, guessed: true })),
  );
  const first = usual.filter(
    ({ baseURL }, index) => usual.findIndex((other) => isSameOrigin(other.baseURL, baseURL)) === index,
  );
  return first.map((candidate) => ({ ...candidate, ...keyFor(candidate.baseURL) }));
}

function isSameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

/** The client, and what the server tells about its models, in one more round of questions. */
async function connected(
  { candidate, rootURL, identity, identification, replies }: FoundServer,
  endpoint: Pick<ConnectOptions, "headers" | "transport" | "policy">,
  clientOptions: Omit<ClientOptions, "provider">,
  signal: AbortSignal | undefined,
): Promise<ConnectedClient> {
  const { apiKey } = candidate;
  const provider = identity.provider({ ...endpoint, baseURL: rootURL, ...(apiKey === undefined ? {} : { apiKey }) });
  const client = createClient({ provider, ...clientOptions });
  const listed = arrayOf(objectOf(replies.get("/v1/models")?.body)["data"]);
  const only = listed.length === 1 ? stringOf(objectOf(listed[0])["id"]) : undefined;
  const model = clientOptions.model ?? only;
  const options = signal ? { signal } : {};
  try {
    const [models, report] = await Promise.all([
      client.models(signal),
      model === undefined ? undefined : client.capabilities(model, options).catch(untold),
    ]);
    const described = models.map((info) => (info.id === report?.model.id ? report.model : info));
    return { ...client, server: reportOf(described) };
  } catch (error) {
    if (isInhouseError(error) && error.code === "not-ready") return { ...client, server: reportOf([]) };
    await client.close();
    throw error;
  }

  function reportOf(models: readonly ModelInfo[]): ServerReport {
    const { name, title } = identity;
    return { provider: name, title, ...identification, baseURL: rootURL, models };
  }
}

/** A server that does not describe a model leaves it to the list; what else goes wrong is an error. */
function untold(error: unknown): undefined {
  if (isInhouseError(error) && ["not-found", "not-ready", "unsupported"].includes(error.code)) return undefined;
  throw error;
}

function notFound(
  url: string | undefined,
  missed: readonly MissedServer[],
  identities: readonly ServerIdentity[],
): InhouseError {
  const howTo = identities.map(({ title, howToStart }) => `${title}: ${howToStart}`).join("\n");
  const isForbidden = missed.every(({ failure }) => failure.code === "policy");
  const only = missed.length === 1 || isForbidden ? missed[0]?.failure : undefined;
  const nobody = !only || only.code === "connect" || only.code === "dns";
  if (url !== undefined && only) {
    return nobody ? withDetails(only, { hint: `Start a server there.\n${howTo}` }) : only;
  }
  return new InhouseError(
    only?.code ?? "connect",
    `No model server was found. Tried:\n${missed.map(tried).join("\n")}`,
    {
      hint: nobody ? `Pass the server's URL to connect(), or start one.\n${howTo}` : only.hint,
      ...(only?.status === undefined ? {} : { status: only.status }),
    },
  );
}

/** A line for each address; a value that is no URL may hold a password, so it is not repeated. */
function tried({ candidate: { baseURL, namedBy }, failure }: MissedServer): string {
  const name = failure.code === "invalid-request" ? namedBy : `${baseURL} (${namedBy})`;
  return `${name}: ${failure.message}`;
}
