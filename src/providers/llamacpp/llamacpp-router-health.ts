import { isInhouseError } from "../../core/error.ts";
import type { Health } from "../../core/health.ts";
import type { Endpoint } from "../../http/endpoint.ts";
import { arrayOf, numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";
import { listModels } from "../openai-compatible/openai-models.ts";

/**
 * What a router (llama-server without a model of its own, b11434) loads, told by `GET /models`. Undefined where it loads
 * nothing, or serves a model already: then it answers calls.
 */
export async function llamacppRouterHealth(endpoint: Endpoint, signal?: AbortSignal): Promise<Health | undefined> {
  const models = await listModels(endpoint, "/models", signal).catch((error: unknown) => {
    if (!isInhouseError(error) || error.code === "abort" || error.code === "closed") throw error;
    return []; // it has said already that it is well
  });
  const stateOf = (model: JsonObject): unknown => objectOf(model["status"])["value"];
  const loading = models.find((model) => stateOf(model) === "loading");
  if (!loading || models.some((model) => stateOf(model) === "loaded")) return undefined;
  const progress = fractionOf(objectOf(objectOf(loading["status"])["progress"]));
  return {
    status: "loading",
    ...(progress === undefined ? {} : { progress }),
    detail: `The router loads ${stringOf(loading["id"]) ?? "a model"}.`,
  };
}

/** `{ stages: ["text_model", …], current: "text_model", value: 0.5 }`: each stage is told from 0 to 1. */
function fractionOf({ stages, current, value }: JsonObject): number | undefined {
  const names = arrayOf(stages);
  const [stage, share] = [names.indexOf(current), numberOf(value)];
  return share === undefined || stage < 0 ? undefined : (stage + share) / names.length;
}
