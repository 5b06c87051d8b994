import { arrayOf, objectOf, stringOf } from "../../http/json.ts";
import type { Identification, ProbeReplies, ServerIdentity } from "../../http/server-identity.ts";
import { vllm } from "./index.ts";

/**
 * Who owns the models tells vLLM from SGLang and from others of its family. Where the list needs a key, `/version` and
 * `/load` do not (0.32.0), and no other server has both.
 */
function identify(replies: ProbeReplies): Identification | undefined {
  const list = replies.get("/v1/models");
  const owners = arrayOf(objectOf(list?.body)["data"]).map((entry) => objectOf(entry)["owned_by"]);
  const version = stringOf(objectOf(replies.get("/version")?.body)["version"]);
  const hasLoad = typeof objectOf(replies.get("/load")?.body)["server_load"] === "number";
  const told = version === undefined ? {} : { version };
  if (owners.includes("vllm")) return { ...told, evidence: 'GET /v1/models: owned_by "vllm"' };
  if (owners.length > 0 || version === undefined || !hasLoad) return undefined;
  return { version, evidence: `GET /version: ${version}; GET /load: server_load` };
}

const usualURL = "http://127.0.0.1:8000";

/** How a vLLM is found, and told from others. */
export const vllmIdentity: ServerIdentity = {
  name: "vllm",
  title: "vLLM",
  paths: ["/v1/models", "/version", "/load"],
  identify,
  usualURLs: [usualURL],
  fromEnvironment(env) {
    const { VLLM_API_KEY: apiKey } = env;
    // VLLM_HOST_IP and VLLM_PORT are not its address, but where its own processes meet.
    const named = ["VLLM_BASE_URL", "VLLM_API_BASE"].flatMap((variable) => {
      const baseURL = env[variable];
      return baseURL ? [{ variable, baseURL, ...(apiKey ? { apiKey } : {}) }] : [];
    });
    return named.length > 0 || !apiKey
      ? named
      : [{ variable: "VLLM_API_KEY", baseURL: usualURL, apiKey, keyAlone: true }];
  },
  howToStart: "vLLM: vllm serve MODEL --host 127.0.0.1 --port 8000",
  provider: vllm,
};
