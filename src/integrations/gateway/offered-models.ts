import { checkObject, checkString, checkStrings } from "../../client/check.ts";
import type { Client } from "../../client/client-interface.ts";
import { refusal, wrongField } from "./gateway-error.ts";
import type { Caller, GatewayModel, GatewayOptions } from "./gateway-options.ts";

/** A model that was found: whose it is, its name there, and the one by which it was asked for. */
export interface FoundModel {
  readonly client: Client;
  readonly model: string | undefined;
  readonly name: string | undefined;
}

/** What a gateway offers. */
export interface OfferedModels {
  /** The model of a request; throws 400, 403 or 404. */
  find(name: unknown, caller: Caller | undefined): FoundModel;
  /** All that a caller may use, as `GET /v1/models` has them. */
  list(caller: Caller | undefined, signal: AbortSignal): Promise<readonly ModelEntry[]>;
}

/** A model as OpenAI lists it; its window is our own addition. */
export interface ModelEntry {
  readonly id: string;
  readonly object: "model";
  readonly created: number;
  readonly owned_by: string;
  readonly context_length?: number;
}

/** The models of a client, or those that were chosen and named. */
export function offeredModels(client: Client, models: GatewayOptions["models"]): OfferedModels {
  const chosen = models === undefined ? undefined : chosenModels(client, models);
  const created = Math.floor(Date.now() / 1_000);
  const entry = (id: string, contextLength?: number): ModelEntry => ({
    id,
    object: "model",
    created,
    owned_by: "inhouse",
    ...(contextLength === undefined ? {} : { context_length: contextLength }),
  });

  return {
    find(asked, caller) {
      const names = caller?.models ?? (chosen ? [...chosen.keys()] : undefined);
      const name = asked ?? (names?.length === 1 ? names[0] : undefined);
      if (name === undefined && names) throw wrongField("model", "a model has to be named");
      if (name === undefined) return { client, model: undefined, name };
      if (typeof name !== "string" || name === "") throw wrongField("model", "expected a model's name");
      if (caller?.models && !caller.models.includes(name)) {
        throw refusal("forbidden", `This key may not use the model "${name.slice(0, 100)}".`, {
          status: 403,
          param: "model",
          code: "model_not_allowed",
        });
      }
      if (!chosen) return { client, model: name, name };
      const found = chosen.get(name);
      if (found) return { ...found, name };
      throw refusal("not-found", `There is no model "${name.slice(0, 100)}".`, {
        status: 404,
        param: "model",
        code: "model_not_found",
        hint: "GET /v1/models lists those that there are.",
      });
    },
    async list(caller, signal) {
      const all = chosen
        ? [...chosen.keys()].map((id) => entry(id))
        : (await client.models(signal)).map(({ id, contextLength }) => entry(id, contextLength));
      return caller?.models ? all.filter(({ id }) => caller.models?.includes(id)) : all;
    },
  };
}

function chosenModels(client: Client, models: NonNullable<GatewayOptions["models"]>) {
  const pairs: readonly (readonly [string, GatewayModel])[] = Array.isArray(models)
    ? checkStrings("models", models).map((name) => [name, name])
    : Object.entries(checkObject("models", models) as Readonly<Record<string, GatewayModel>>);
  return new Map(
    pairs.map(([name, model]) => [
      name,
      typeof model === "string"
        ? { client, model }
        : { client: model.client, model: checkString(`models.${name}.model`, model.model) },
    ]),
  );
}
