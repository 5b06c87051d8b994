import type { Capabilities } from "../../core/capability.ts";
import type { CallContext } from "../../core/handler.ts";
import type { MediaFitting } from "../../core/media-fitting.ts";
import type { Message, Part } from "../../core/message.ts";
import type { Warning } from "../../core/result.ts";
import { refusal } from "../refusal.ts";
import type { Target } from "../target.ts";
import { fitPdf, fitText } from "./fit-document.ts";
import { fitFilm } from "./fit-film.ts";
import { fitGivenPicture, fitPicture } from "./fit-picture.ts";
import { fitSoundPart } from "./fit-sound-part.ts";
import { bytesOfParts, type FittedPart, type FittedPlace, type FitTarget } from "./fitted-part.ts";
import { partsOf, type Talk } from "./has-files.ts";
import { lackedBy, letGo, lookAtPart, readError, type Looked } from "./look-at-part.ts";
import { checkFitting, checkMedia } from "./media-options.ts";
import { mediaTools, type MediaTools } from "./media-tools.ts";

/** A request whose files were read and brought into the form that its target takes. */
export interface FittedMedia {
  readonly request: Talk;
  readonly places: readonly FittedPlace[];
  readonly warnings: readonly Warning[];
}

/**
 * Reads the files of a request and brings each into a form that the server and its model take. What the model cannot take is
 * refused (`unsupported`) before any file is read beyond its head; a file that is not what it is said to be, is empty or
 * cannot be read is `invalid-request`. What was done for an earlier try of the call is not done again.
 */
export async function fitMedia(
  target: Target,
  request: Talk,
  capabilities: Capabilities,
  context: Pick<CallContext, "signal" | "timeouts">,
  tools: MediaTools = mediaTools,
): Promise<FittedMedia> {
  const { provider, files, media = {} } = target;
  checkMedia(media);
  if ("media" in request && request.media) checkFitting("media", request.media);
  const fitting: MediaFitting = { ...media, ...("media" in request ? request.media : {}) };
  const { image, audio, video } = capabilities;
  const key = JSON.stringify([request.model, fitting, image.supported, audio.supported, video.supported]);
  const done = new Map<Part, FittedPlace>();
  const looked: Looked[] = [];
  try {
    for (const [place, part] of partsOf(request)) {
      const kept = files.fitted.get(part);
      if (kept?.key === key) {
        done.set(part, { ...kept.fitted, place });
        continue;
      }
      const look = await lookAtPart(place, part, target, context);
      looked.push(look);
      const lacked = lackedBy(look.kind, capabilities);
      if (lacked) throw refusal(provider, request, lacked, withWayOut(capabilities[lacked], look));
    }
    for (const look of looked) {
      const { place, part, file } = look;
      const to = { provider, model: request.model, capabilities, fitting, tools, signal: context.signal, place };
      const fitted = await fitOne(look, to).catch((error: unknown) => {
        throw readError(error, place, context.signal);
      });
      const fittedPlace = { place, ...(file?.name === undefined ? {} : { name: file.name }), fitted };
      files.fitted.set(part, { key, fitted: fittedPlace });
      done.set(part, fittedPlace);
    }
  } catch (error) {
    await Promise.all(looked.map((look) => letGo(look, target)));
    throw error;
  }
  const places = [...done.values()];
  return {
    request: Object.freeze({
      ...request,
      messages: (request.messages ?? []).map((message) => withFitted(message, done)),
    }),
    places,
    warnings: places.flatMap(({ place, fitted }) => fitted.changes.map((message) => ({ option: place, message }))),
  };
}

async function fitOne({ part, file, kind, mediaType }: Looked, target: FitTarget): Promise<FittedPart> {
  if (!file) return part.type === "image" ? fitGivenPicture(part, target) : asGiven(part, kind, mediaType);
  if (kind === "image") return fitPicture(await file.bytes(), target);
  if (kind === "audio") return fitSoundPart(file, target);
  if (kind === "video") return fitFilm(file, target);
  return mediaType === "application/pdf" ? fitPdf(file, target) : fitText(file, target);
}

/** A part that a policy of the caller's made: it knows what the server takes. */
function asGiven(part: Part, kind: FittedPart["kind"], mediaType: string): FittedPart {
  return { parts: [part], kind, mediaType, sizeBytes: bytesOfParts([part]), changes: [] };
}

/** The message with what its files became. Where that is text alone, the message is text, whose tokens can be counted. */
function withFitted(message: Message, done: ReadonlyMap<Part, FittedPlace>): Message {
  if (typeof message.content === "string" || message.role !== "user") return message;
  const content = message.content.flatMap((part) => done.get(part)?.fitted.parts ?? [part]);
  const files = message.content.some(({ type }) => type !== "text");
  const texts = content.flatMap((part) => (part.type === "text" ? [part.text] : []));
  return { ...message, content: files && texts.length === content.length ? texts.join("\n\n") : content };
}

/** The evidence with the next step, where the capability does not name one. */
function withWayOut(lacked: Capabilities["image"], { kind, file }: Looked): Capabilities["image"] {
  const steps = {
    image: "Use a model that sees pictures.",
    audio: "Or transcribe it with a speech model first, and send the text.",
    video: "Use a model that sees pictures, or send what is said in it as text.",
    document: "Send its text.",
  };
  const name = file?.name === undefined ? "" : `${file.name.slice(0, 100)}: `;
  const hint =
    kind === "audio" && lacked.hint !== undefined ? `${lacked.hint} ${steps.audio}` : (lacked.hint ?? steps[kind]);
  return { ...lacked, evidence: `${name}${lacked.evidence}`, hint };
}
