import { InhouseError } from "../../core/error.ts";
import type { MediaFile } from "../../core/media-file.ts";
import { checkSize, type FittedPart, type FitTarget } from "./fitted-part.ts";

/** A sound, or the sound of a film, in a form that the server takes. Rejects with `too-large` for one that is too long. */
export async function fitSoundPart(file: MediaFile, target: FitTarget): Promise<FittedPart> {
  const { provider, tools, signal, place } = target;
  const formats = provider.media?.audio;
  const { data, mediaType, durationMs, changes } = await tools.fitSound(file, formats ?? {}, signal);
  const maxMs = formats?.maxMs;
  if (durationMs !== undefined && maxMs !== undefined && durationMs > maxMs) {
    const message = `${place}: ${provider.name} takes ${maxMs / 1_000} s of sound, it has ${Math.ceil(durationMs / 1_000)} s.`;
    throw new InhouseError("too-large", message, {
      provider: provider.name,
      hint: "Send it in pieces, or transcribe it first.",
    });
  }
  checkSize(target, data.length, formats?.maxBytes);
  return {
    parts: [{ type: "audio", mediaType, data }],
    kind: "audio",
    mediaType,
    sizeBytes: data.length,
    ...(durationMs === undefined ? {} : { durationMs }),
    changes,
  };
}
