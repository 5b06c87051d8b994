import type { Capabilities } from "../../core/capability.ts";
import type { ChatRequest } from "../../core/request.ts";
import { checkCallOptions } from "../call-options.ts";
import type { ChatInput } from "../inputs.ts";
import { normalizeChat } from "../normalize.ts";
import type { Target } from "../target.ts";
import { fitMedia } from "./fit-media.ts";
import type { FittedFile, FittedPlace } from "./fitted-part.ts";
import { hasFiles } from "./has-files.ts";
import { normalizeParts } from "./normalize-parts.ts";

/** What would be sent of one file. */
export interface MediaPartPreview extends FittedFile {
  /** Where it stands, such as `messages[0].content[1]`. */
  readonly place: string;
  readonly name?: string;
}

/** What a call would send of its files, before it sends anything. */
export interface MediaPreview {
  readonly model?: string;
  readonly parts: readonly MediaPartPreview[];
  /** Bytes of all parts together, before base64. */
  readonly sizeBytes: number;
  /** About how many tokens all pictures are; absent where that of one is not known. */
  readonly tokens?: number;
  /** The window of the model, where the server tells it. */
  readonly contextLength?: number;
  /** What its model can do with files, and from where that is known. */
  readonly capabilities: Pick<Capabilities, "image" | "audio" | "video">;
}

/** Reads and fits the files of a chat as the chat itself would, and tells what it would send. Rejects with what it would reject with. */
export async function previewMedia(
  input: ChatInput,
  defaultModel: string | undefined,
  target: Target,
): Promise<MediaPreview> {
  const normal = normalizeChat(input, false);
  checkCallOptions(input);
  const named = normal.model === undefined && defaultModel !== undefined ? { ...normal, model: defaultModel } : normal;
  const { signal = new AbortController().signal } = input;
  const knowledge = await target.known();
  const model = target.provider.ignoresModelName ? named.model : (named.model ?? (await knowledge.onlyName(signal)));
  const request = normalizeParts(model === undefined ? named : { ...named, model }) as ChatRequest;
  const { model: info } = await knowledge.report(request.model, signal);
  const places = hasFiles(request)
    ? (await fitMedia(target, request, info.capabilities, { signal, timeouts: { connectMs: 5_000 } })).places
    : [];
  const parts = places.map(partPreview);
  const { image, audio, video } = info.capabilities;
  const seen = parts.filter(({ kind, tokens }) => tokens !== undefined || kind === "image" || kind === "video");
  const known = seen.length > 0 && seen.every(({ tokens }) => tokens !== undefined);
  return {
    model: info.id,
    parts,
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    ...(known ? { tokens: seen.reduce((sum, part) => sum + (part.tokens ?? 0), 0) } : {}),
    ...(info.contextLength === undefined ? {} : { contextLength: info.contextLength }),
    capabilities: { image, audio, video },
  };
}

function partPreview({ place, name, fitted: { parts: _sent, ...told } }: FittedPlace): MediaPartPreview {
  return { place, ...(name === undefined ? {} : { name }), ...told };
}
