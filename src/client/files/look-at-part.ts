import type { Capabilities, CapabilityName } from "../../core/capability.ts";
import { abortError, InhouseError, isInhouseError } from "../../core/error.ts";
import type { CallContext } from "../../core/handler.ts";
import type { MediaKind } from "../../core/media-file.ts";
import type { FilePart } from "../../core/message.ts";
import { sniff } from "../../media/sniff.ts";
import type { Target } from "../target.ts";
import type { MediaPart } from "./has-files.ts";
import { openFile } from "./open-file.ts";
import type { OpenedFile } from "./opened-file.ts";

/** A part with what is known of it before it is read as a whole. */
export interface Looked {
  readonly place: string;
  readonly part: MediaPart;
  /** Absent for a picture in base64. */
  readonly file?: OpenedFile;
  readonly kind: MediaKind;
  readonly mediaType: string;
}

/** Opens a part as far as its head, by which it is known. Rejects where it is not what it is said to be, is empty or cannot be opened. */
export async function lookAtPart(
  place: string,
  part: MediaPart,
  target: Target,
  context: Pick<CallContext, "signal" | "timeouts">,
): Promise<Looked> {
  if (part.type !== "file") {
    const { data, type, mediaType } = part;
    const head = typeof data === "string" ? Buffer.from(data.slice(0, 5_464), "base64") : data.subarray(0, 4_096);
    if (head.length === 0) throw wrongFile(place, "the file is empty");
    const sniffed = sniff(head);
    // What the head does not tell is left to the server, as it was before anybody looked.
    if (sniffed.kind !== "unknown") checkKind(place, type, sniffed.kind, sniffed.mediaType);
    return { place, part, kind: type, mediaType };
  }
  const file = await opened(place, part, target, context);
  try {
    const head = await file.head();
    const { kind, mediaType } = sniff(head);
    if (head.length === 0) throw wrongFile(place, "the file is empty");
    if (kind === "unknown") throw wrongFile(place, "the file is no picture, sound, film, PDF or text that is known");
    if (part.kind !== undefined) checkKind(place, part.kind, kind, mediaType);
    return { place, part, file, kind, mediaType };
  } catch (error) {
    await letGo({ part, file }, target);
    throw readError(error, place, context.signal);
  }
}

/** Closes what will not be read; another try opens it anew. */
export async function letGo({ part, file }: Pick<Looked, "part" | "file">, { files }: Target): Promise<void> {
  if (part.type !== "file") return;
  files.opened.delete(part.source);
  await file?.discard().catch(() => undefined); // nobody waits for it any more
}

/** The file of a part, opened once however many tries the call takes. */
async function opened(
  place: string,
  { source, name }: FilePart,
  { provider, media, files }: Target,
  { signal, timeouts }: Pick<CallContext, "signal" | "timeouts">,
): Promise<OpenedFile> {
  const opening =
    files.opened.get(source) ??
    openFile(source, { name, media, transport: provider.transport, timeouts, signal, place });
  files.opened.set(source, opening);
  try {
    return await opening;
  } catch (error) {
    files.opened.delete(source);
    throw readError(error, place, signal);
  }
}

/** A failure to read a file as an error of ours. */
export function readError(error: unknown, place: string, signal: AbortSignal): InhouseError {
  if (signal.aborted) return abortError(signal);
  if (isInhouseError(error)) return error.message.includes(place) ? error : placed(error, place);
  return new InhouseError("invalid-request", `${place}: the file cannot be read.`, { cause: error });
}

/** The same error with the place of its file in front. */
function placed(error: InhouseError, place: string): InhouseError {
  const { name: _name, code, message, cause, ...known } = error;
  return new InhouseError(code, `${place}: ${message}`, { cause, ...known });
}

/** The words for each kind, and the capability without which a model does not take it. */
const words: Readonly<Record<MediaKind, string>> = {
  image: "a picture",
  audio: "a sound",
  video: "a film",
  document: "a PDF or text",
};

function checkKind(place: string, said: MediaKind, is: MediaKind, mediaType: string): void {
  if (said === is) return;
  throw wrongFile(place, `the file was given as ${words[said]}, and by its content is ${words[is]} (${mediaType})`);
}

function wrongFile(place: string, what: string): InhouseError {
  return new InhouseError("invalid-request", `${place}: ${what}.`, {
    hint: "Its content decides what a file is, not its name: is it whole, and the one that you meant?",
  });
}

/** What a model must be able to do for a kind of file, as far as it is known that it cannot. */
export function lackedBy(kind: MediaKind, capabilities: Capabilities): CapabilityName | undefined {
  const lacks = (name: CapabilityName): boolean => capabilities[name].supported === "no";
  if (kind === "image" && lacks("image")) return "image";
  if (kind === "audio" && lacks("audio")) return "audio";
  if (kind === "video" && capabilities.video.supported !== "yes" && lacks("image")) return "video";
  return undefined;
}
