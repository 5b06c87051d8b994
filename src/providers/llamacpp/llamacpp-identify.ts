import { arrayOf, objectOf, stringOf } from "../../http/json.ts";
import type { Identification, NamedAddress, ProbeReplies, ServerIdentity } from "../../http/server-identity.ts";
import { llamacpp } from "./index.ts";

/**
 * llama-server signs every reply, a refused key (401) and a model that loads (503) included (b11434). Behind a proxy
 * that takes the signature off, its properties and the owner of its models give it away.
 */
function identify(replies: ProbeReplies): Identification | undefined {
  const props = objectOf(replies.get("/props")?.body);
  const build = stringOf(props["build_info"]);
  const role = props["role"] === "router" ? ", a router" : "";
  const told = build === undefined ? {} : { version: build };
  const signed = [...replies].find(([, { headers }]) => headers["server"] === "llama.cpp");
  if (build !== undefined) return { ...told, evidence: `GET /props: ${build}${role}` };
  if (signed) return { ...told, evidence: `GET ${signed[0]}: the header Server: llama.cpp` };
  const owners = arrayOf(objectOf(replies.get("/v1/models")?.body)["data"]).map((entry) => objectOf(entry)["owned_by"]);
  return owners.includes("llamacpp") ? { evidence: 'GET /v1/models: owned_by "llamacpp"' } : undefined;
}

const usualURL = "http://127.0.0.1:8080";

/** Where llama-server would listen that is started with this environment. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): readonly NamedAddress[] {
  const { LLAMA_ARG_HOST: host, LLAMA_ARG_PORT: port, LLAMA_ARG_API_PREFIX: prefix = "", LLAMA_API_KEY: apiKey } = env;
  if (host?.endsWith(".sock")) return []; // a Unix socket has no URL
  if (!(host || port)) return apiKey ? [{ variable: "LLAMA_API_KEY", baseURL: usualURL, apiKey, keyAlone: true }] : [];
  const scheme = env["LLAMA_ARG_SSL_CERT_FILE"] ? "https" : "http";
  const everywhere = !host || host === "0.0.0.0" || host === "::";
  const name = everywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return [
    {
      variable: host ? "LLAMA_ARG_HOST" : "LLAMA_ARG_PORT",
      baseURL: `${scheme}://${name}:${port || 8080}${prefix}`,
      ...(apiKey ? { apiKey } : {}),
    },
  ];
}

/** How a llama-server is found, and told from others. */
export const llamacppIdentity: ServerIdentity = {
  name: "llamacpp",
  title: "llama-server",
  paths: ["/props", "/v1/models", "/health"],
  identify,
  usualURLs: [usualURL],
  fromEnvironment,
  howToStart: "llama.cpp: llama-server -m MODEL.gguf --port 8080",
  provider: llamacpp,
};
