import type { Capabilities, CapabilityName } from "../../core/capability.ts";
import { InhouseError } from "../../core/error.ts";
import type { MediaKind } from "../../core/media-file.ts";
import type { MediaFitting } from "../../core/media-fitting.ts";
import type { Part } from "../../core/message.ts";
import type { Provider } from "../../core/provider.ts";
import type { MediaTools } from "./media-tools.ts";

/** What there is to tell of what a file became. */
export interface FittedFile {
  readonly kind: MediaKind;
  /** IANA media type of the file, or of what it was converted to. */
  readonly mediaType: string;
  /** Bytes of all that is sent of it, before base64 makes them a third more. */
  readonly sizeBytes: number;
  /** Of a picture or film, in pixels. */
  readonly width?: number;
  readonly height?: number;
  readonly durationMs?: number;
  /** Pages of a PDF that are sent. */
  readonly pages?: number;
  /** Pictures of a film that are sent. */
  readonly frames?: number;
  /** About how many tokens its pictures are, where that is known of the model. */
  readonly tokens?: number;
  /** What was changed or left out, as sentences. */
  readonly changes: readonly string[];
}

/** What a file became. */
export interface FittedPart extends FittedFile {
  /** What is sent in its place, in order. */
  readonly parts: readonly Part[];
}

/** What became of one part. */
export interface FittedPlace {
  /** Where it stands, such as `messages[0].content[1]`. */
  readonly place: string;
  readonly name?: string;
  readonly fitted: FittedPart;
}

/** What a file is fitted to. */
export interface FitTarget {
  readonly provider: Provider;
  readonly model: string | undefined;
  readonly capabilities: Capabilities;
  readonly fitting: MediaFitting;
  readonly tools: MediaTools;
  readonly signal: AbortSignal;
  /** Where it stands, such as `messages[0].content[1]`. */
  readonly place: string;
}

/** Whether a model is not known to lack something: what nobody knows is left to the server. */
export const may = ({ capabilities }: FitTarget, name: CapabilityName): boolean =>
  capabilities[name].supported !== "no";

/** Bytes of all parts, before base64. */
export function bytesOfParts(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => {
    if (part.type === "text") return sum + Buffer.byteLength(part.text);
    if (part.type === "file") return sum;
    return sum + (typeof part.data === "string" ? Math.floor((part.data.length * 3) / 4) : part.data.length);
  }, 0);
}

/** Throws `too-large` where a file has more bytes than the server takes of one. */
export function checkSize(
  { place, provider }: FitTarget,
  sizeBytes: number,
  maxBytes = Number.POSITIVE_INFINITY,
): void {
  if (sizeBytes <= maxBytes) return;
  throw new InhouseError(
    "too-large",
    `${place}: ${provider.name} takes ${maxBytes} bytes of a file, it has ${sizeBytes}.`,
    {
      provider: provider.name,
      hint: "Send it in pieces, or less of it.",
    },
  );
}
