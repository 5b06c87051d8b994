import { checkOptions } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { ModelRequest } from "../../core/request.ts";
import { askJson, type Endpoint } from "../../http/endpoint.ts";
import { arrayOf, isObject, numberOf, stringOf } from "../../http/json.ts";
import { introspection } from "../openai-compatible/openai-models.ts";
import type { LlamacppRequestAdapter } from "./llamacpp-options.ts";

/** A LoRA adapter that llama-server was started with. */
export interface LlamacppAdapter {
  /** As `providerOptions.llamacpp.lora` takes it. */
  readonly id: number;
  /** The file's name without `.gguf`. */
  readonly name: string;
  /** Where the server has it. */
  readonly path: string;
  /** How much it counts in requests that say nothing else; 0 is off. */
  readonly scale: number;
}

/** Which adapter counts from now on, and how much. */
export interface LlamacppAdapterChoice {
  /** The name or the path of one that the server was started with. */
  readonly name: string;
  /** Default 1. */
  readonly scale?: number;
}

/** The LoRA adapters of a llama-server. It reads their files at its start alone (`--lora FILE`): here they are switched. */
export interface LlamacppAdapters {
  /** `GET /lora-adapters`. */
  list(signal?: AbortSignal): Promise<readonly LlamacppAdapter[]>;
  /** Switches one on for all requests that say nothing else. Rejects with `unsupported` where the server was started without it. */
  load(adapter: LlamacppAdapterChoice, signal?: AbortSignal): Promise<void>;
  /** Switches one off; its file stays in memory. Rejects with `not-found`. */
  unload(name: string, signal?: AbortSignal): Promise<void>;
}

const choiceNames: Record<keyof LlamacppAdapterChoice, 1> = { name: 1, scale: 1 };
const path = "/lora-adapters";
const hint = "llama-server reads adapters when it starts: add --lora FILE.gguf to its command, and start it again.";

/** `GET /lora-adapters`. */
export async function listAdapters(endpoint: Endpoint, signal?: AbortSignal): Promise<readonly LlamacppAdapter[]> {
  const reply = await askJson(endpoint, { method: "GET", path, signal, timeouts: introspection });
  return arrayOf(reply)
    .filter(isObject)
    .flatMap((entry) => {
      const id = numberOf(entry["id"]);
      const file = stringOf(entry["path"]);
      if (id === undefined || file === undefined) return [];
      return [{ id, name: nameOf(file), path: file, scale: numberOf(entry["scale"]) ?? 0 }];
    });
}

/** `POST /lora-adapters`, with what the others count already: those that it is not told of are off afterwards. */
export async function loadAdapter(
  endpoint: Endpoint,
  choice: LlamacppAdapterChoice,
  signal?: AbortSignal,
): Promise<void> {
  checkOptions("adapters.load", choice, choiceNames);
  const { name, scale = 1 } = choice;
  if (typeof scale !== "number" || !Number.isFinite(scale)) {
    throw new InhouseError("invalid-request", "adapters.load: scale: expected a number.");
  }
  await setScale(endpoint, name, scale, "unsupported", signal);
}

/** The same with a scale of 0. */
export async function unloadAdapter(endpoint: Endpoint, name: string, signal?: AbortSignal): Promise<void> {
  await setScale(endpoint, name, 0, "not-found", signal);
}

/**
 * The request with the ids of its adapters, which are checked: an id that the server has not it ignores, and an adapter
 * without a scale counts nothing (b11434).
 */
export async function withAdapterIds(
  endpoint: Endpoint,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<ModelRequest> {
  const { providerOptions = {} } = request;
  const options = providerOptions["llamacpp"] ?? {};
  const place = "providerOptions.llamacpp.lora";
  const chosen = options["lora"];
  if (!Array.isArray(chosen)) throw new InhouseError("invalid-request", `${place}: expected a list.`);
  const adapters = chosen.length === 0 ? [] : await listAdapters(endpoint, signal);
  const lora = chosen.map((entry: unknown) => {
    checkOptions(place, entry, { id: 1, name: 1, scale: 1 });
    const { id, name, scale = 1 } = entry as LlamacppRequestAdapter;
    if ((id === undefined) === (name === undefined) || typeof scale !== "number" || !Number.isFinite(scale)) {
      throw new InhouseError("invalid-request", `${place}: expected an id or a name, and a number as scale.`);
    }
    return { id: name === undefined ? withId(adapters, id).id : named(adapters, name, "unsupported").id, scale };
  });
  return { ...request, providerOptions: { ...providerOptions, llamacpp: { ...options, lora } } };
}

async function setScale(
  endpoint: Endpoint,
  name: string,
  scale: number,
  absent: "unsupported" | "not-found",
  signal?: AbortSignal,
): Promise<void> {
  const adapters = await listAdapters(endpoint, signal);
  const only = named(adapters, name, absent);
  const body = adapters.map((adapter) => ({ id: adapter.id, scale: adapter === only ? scale : adapter.scale }));
  await askJson(endpoint, { method: "POST", path, body, signal, timeouts: introspection });
}

/** The one of a name or a path. */
function named(
  adapters: readonly LlamacppAdapter[],
  name: string,
  absent: "unsupported" | "not-found",
): LlamacppAdapter {
  const found = adapters.filter((adapter) => adapter.path === name || adapter.name === name);
  const [only] = found;
  if (!only)
    throw new InhouseError(absent, `This llama-server has no adapter "${name}", but ${listed(adapters)}.`, { hint });
  if (found.length === 1) return only;
  throw new InhouseError("invalid-request", `${found.length} adapters are called "${name}".`, {
    hint: `Name one by its path: ${found.map((adapter) => adapter.path).join(", ")}.`,
  });
}

function withId(adapters: readonly LlamacppAdapter[], id: unknown): LlamacppAdapter {
  const found = adapters.find((adapter) => adapter.id === id);
  if (found) return found;
  throw new InhouseError("unsupported", `This llama-server has no adapter ${String(id)}, but ${listed(adapters)}.`, {
    hint,
  });
}

const listed = (adapters: readonly LlamacppAdapter[]): string =>
  adapters.length === 0 ? "none at all" : adapters.map(({ id, name }) => `${id} (${name})`).join(", ");

const nameOf = (file: string): string => (file.split(/[/\\]/).at(-1) ?? file).replace(/\.gguf$/i, "");
