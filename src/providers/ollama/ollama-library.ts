import { checkOptions, describe } from "../../core/check-options.ts";
import { InhouseError } from "../../core/error.ts";
import type { Message } from "../../core/message.ts";
import type { Sampling } from "../../core/sampling.ts";
import type { HttpResponse } from "../../core/transport.ts";
import { send, type Endpoint } from "../../http/endpoint.ts";
import { isObject, numbersOf, parseJson, stringOf } from "../../http/json.ts";
import { ndjson } from "../../http/ndjson.ts";
import { reportedFailure } from "../../http/status-failure.ts";
import { encodeSampling } from "../openai-compatible/openai-sampling.ts";
import { ollamaSampling } from "./ollama-generation.ts";
import { encodeMessages } from "./ollama-messages.ts";
import { encodeRunnerOptions, runnerOptions, type OllamaRunnerOptions } from "./ollama-options.ts";
import type { OllamaProgressEvent } from "./ollama-progress.ts";

/** Options of `pull` and `push`. */
export interface OllamaTransferOptions {
  /** Allow a registry without TLS, named in the model's name: `127.0.0.1:5000/library/smol:latest`. Default false. */
  readonly insecure?: boolean;
  /** Ends the transfer. What has come is kept, and the next pull goes on from there. */
  readonly signal?: AbortSignal;
}

/** What `create` makes a model of: another model, or files that were uploaded. */
export interface OllamaModelDefinition {
  /** The name of the new model. */
  readonly model: string;
  /** A model of the server's store; one that is not there is pulled. */
  readonly from?: string;
  /** Names of GGUF or safetensors files with the digests that `uploadBlob` returned. */
  readonly files?: Readonly<Record<string, string>>;
  /** Go template in place of the one that Ollama finds; it decides what the model can do (tools, thinking, infill). */
  readonly template?: string;
  /** System message of conversations that have none. */
  readonly system?: string;
  /** Default options of calls. */
  readonly parameters?: OllamaParameters;
  /** The beginning of every conversation. */
  readonly messages?: readonly Message[];
  /** Texts of licenses. */
  readonly license?: string | readonly string[];
  /** Quantization of safetensors files; GGUF files are quantized by llama.cpp's own tool (Ollama 0.34.2). */
  readonly quantize?: string;
  readonly signal?: AbortSignal;
}

/** Options that a model carries: the context it is loaded with, and sampling. */
export type OllamaParameters = Pick<Sampling, keyof typeof ollamaSampling> & OllamaRunnerOptions;

const transferOptions = { insecure: 1, signal: 1 };
const definitionKeys: Record<keyof OllamaModelDefinition, unknown> = {
  model: 1,
  from: 1,
  files: 1,
  template: 1,
  system: 1,
  parameters: 1,
  messages: 1,
  license: 1,
  quantize: 1,
  signal: 1,
};

/** The steps of `POST /api/pull` or `/api/push`. */
export function transfer(
  endpoint: Endpoint,
  action: "pull" | "push",
  model: string,
  options: OllamaTransferOptions = {},
): AsyncIterable<OllamaProgressEvent> {
  checkOptions(action, options, transferOptions);
  const { insecure, signal } = options;
  return steps(endpoint, `/api/${action}`, { model, insecure }, signal);
}

/** The steps of `POST /api/create`. */
export function creation(endpoint: Endpoint, definition: OllamaModelDefinition): AsyncIterable<OllamaProgressEvent> {
  checkOptions("create", definition, definitionKeys);
  const { signal, parameters, messages, ...rest } = definition;
  const body = {
    ...rest,
    ...(parameters ? { parameters: encodeParameters(parameters) } : {}),
    ...(messages ? { messages: encodeMessages(messages, []) } : {}),
  };
  return steps(endpoint, "/api/create", body, signal);
}

/** Ollama takes any value here, and answers 500 to every call of the model made with a wrong one. */
function encodeParameters(parameters: OllamaParameters): Readonly<Record<string, unknown>> {
  const place = "create: parameters";
  checkOptions(place, parameters, { ...ollamaSampling, ...runnerOptions });
  const isSampling = ([name]: [string, unknown]): boolean => Object.hasOwn(ollamaSampling, name);
  const entries = Object.entries(parameters);
  const sampling = entries.filter(isSampling);
  for (const [name, value] of sampling) {
    const expected = name === "stop" ? "a list of strings" : "a number";
    const fits = name === "stop" ? Array.isArray(value) : typeof value === "number";
    if (!fits) {
      throw new InhouseError("invalid-request", `${place}: ${name}: expected ${expected}, got ${describe(value)}.`);
    }
  }
  return {
    ...encodeSampling(Object.fromEntries(sampling), ollamaSampling, "ollama", []),
    ...encodeRunnerOptions(place, Object.fromEntries(entries.filter((entry) => !isSampling(entry)))),
  };
}

/** No limit on silence: a large file is checked for minutes without a word. */
const timeouts = { connectMs: 5_000 };

/** The lines of a long operation, which fails by an `error` in a line of status 200, or by the lack of `success`. */
async function* steps(
  endpoint: Endpoint,
  path: string,
  body: object,
  signal: AbortSignal | undefined,
): AsyncGenerator<OllamaProgressEvent> {
  const response = await send(endpoint, { method: "POST", path, body: { ...body, stream: true }, signal, timeouts });
  try {
    for await (const line of linesOf(response)) {
      const step = await stepOf(endpoint, path, line);
      yield step;
      if (step.status === "success") return;
    }
  } finally {
    response.destroy();
  }
  throw new InhouseError("truncated", `${path} ended without success: the server or a proxy cut it.`);
}

async function* linesOf({ body }: HttpResponse): AsyncGenerator<string> {
  const lines = ndjson();
  for await (const bytes of body) for (const { data } of lines.feed(bytes)) yield data;
  for (const { data } of lines.end()) yield data;
}

async function stepOf(endpoint: Endpoint, path: string, line: string): Promise<OllamaProgressEvent> {
  const { origin, prefix, classify, secrets } = endpoint;
  const value = parseJson(line, secrets);
  if (!isObject(value)) throw new InhouseError("protocol", `${path} sent a line that is no object.`);
  if (value["error"]) throw await reportedFailure(value, `${origin}${prefix}${path}`, true, classify, secrets);
  const digest = stringOf(value["digest"]);
  return {
    status: stringOf(value["status"]) ?? "",
    ...(digest === undefined ? {} : { digest }),
    ...numbersOf(value, { totalBytes: "total", completedBytes: "completed" }),
  };
}
