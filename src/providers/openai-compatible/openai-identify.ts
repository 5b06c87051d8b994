import { isObject, objectOf } from "../../http/json.ts";
import type { Identification, ProbeReplies, ServerIdentity } from "../../http/server-identity.ts";
import { openaiCompatible } from "./index.ts";

/** The weakest evidence there is: a list of models, or the refusal of one in JSON. To be asked after all others. */
function identify(replies: ProbeReplies): Identification | undefined {
  const list = replies.get("/v1/models");
  if (!list) return undefined;
  if (list.status === 200 && Array.isArray(objectOf(list.body)["data"])) return { evidence: "GET /v1/models: a list" };
  if ((list.status === 401 || list.status === 403) && isObject(list.body) && "error" in list.body) {
    return { evidence: `GET /v1/models: ${list.status}` };
  }
  return undefined;
}

/** How any server of the OpenAI protocol is found. */
export const openaiIdentity: ServerIdentity = {
  name: "openai-compatible",
  title: "a server of the OpenAI protocol",
  paths: ["/v1/models"],
  identify,
  // LM Studio; SGLang; LocalAI, TGI and many others; TGI in a container; Jan; TabbyAPI.
  usualURLs: [1234, 30000, 8080, 3000, 1337, 5000].map((port) => `http://127.0.0.1:${port}`),
  fromEnvironment(env) {
    const { OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: apiKey } = env;
    if (!baseURL) return [];
    return [{ variable: "OPENAI_BASE_URL", baseURL, ...(apiKey ? { apiKey } : {}) }];
  },
  howToStart: "LM Studio: lms server start; SGLang: python -m sglang.launch_server --model-path MODEL",
  provider: (options) => openaiCompatible({ ...options, baseURL: `${options.baseURL}/v1` }),
};
