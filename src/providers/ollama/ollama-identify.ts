import { isObject, stringOf } from "../../http/json.ts";
import type { Identification, ProbeReplies, ServerIdentity } from "../../http/server-identity.ts";
import { ollama } from "./index.ts";
import { parseOllamaHost } from "./ollama-host.ts";

/** How an Ollama is found, and told from other servers. */
export const ollamaIdentity: ServerIdentity = {
  name: "ollama",
  title: "Ollama",
  paths: ["/", "/api/version"],
  identify,
  usualURLs: ["http://127.0.0.1:11434"],
  fromEnvironment({ OLLAMA_HOST: host = "", OLLAMA_API_KEY: apiKey }) {
    const baseURL = parseOllamaHost(host);
    if (baseURL === undefined) return [];
    return [{ variable: "OLLAMA_HOST", baseURL, ...(apiKey ? { apiKey } : {}) }];
  },
  howToStart: "ollama serve, and ollama pull for a model",
  provider: ollama,
};

/** The root's own sentence decides: others imitate `/api/version` (koboldcpp), llama-server imitates `/api/tags`. */
function identify(replies: ProbeReplies): Identification | undefined {
  const root = replies.get("/");
  if (root?.status !== 200 || !/^\s*Ollama is running/.test(String(root.body))) return undefined;
  const reply = replies.get("/api/version");
  const version = isObject(reply?.body) ? stringOf(reply.body["version"]) : undefined;
  if (!version) return { evidence: "GET /: Ollama is running" };
  return { version, evidence: `GET /: Ollama is running; GET /api/version: ${version}` };
}
