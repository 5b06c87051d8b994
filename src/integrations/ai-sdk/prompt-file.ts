import type { MediaPartInput } from "../../client/inputs.ts";
import { InhouseError } from "../../core/error.ts";
import { unsupportedFeature } from "./ai-sdk-error.ts";

/** A file of a prompt, in the form of either version of the specification. */
export interface SpecFile {
  readonly mediaType?: string | undefined;
  readonly filename?: string | undefined;
  /** In `v3` bytes, base64 or a URL; in `v4` told apart by `type`. */
  readonly data: unknown;
}

/**
 * A file of a prompt as the client takes it; its content decides what it is, and a URL is the client's to fetch or to
 * refuse. Throws `unsupported` for a file that is known by an id alone.
 */
export function filePart(place: string, { mediaType = "", filename, data }: SpecFile): MediaPartInput {
  const isWhole = /^[a-z]+\/[^*]/i.test(mediaType); // it may be `image`, or `image/*`
  return {
    type: kindOf(mediaType),
    ...content(place, data),
    ...(isWhole ? { mediaType } : {}),
    ...(filename === undefined ? {} : { name: filename }),
  };
}

function kindOf(mediaType: string): MediaPartInput["type"] {
  const [kind = ""] = mediaType.toLowerCase().split("/", 1);
  return kind === "image" || kind === "audio" || kind === "video" ? kind : "file";
}

function content(place: string, data: unknown): Pick<MediaPartInput, "data" | "url"> {
  if (typeof data === "string" || data instanceof Uint8Array) return { data };
  if (data instanceof URL) return ofUrl(place, data.href);
  const { type, data: bytes, url, text } = objectOf(data);
  if (type === "data" && (typeof bytes === "string" || bytes instanceof Uint8Array)) return { data: bytes };
  if (type === "url" && url instanceof URL) return ofUrl(place, url.href);
  if (type === "text" && typeof text === "string") return { data: new TextEncoder().encode(text) };
  if (type === "reference") {
    throw unsupportedFeature(`${place}: no server here knows a file by a reference.`, "Pass its bytes, or its URL.");
  }
  throw new InhouseError("invalid-request", `${place}: expected a file's bytes, base64 or URL.`);
}

/** Prompts come from browsers, too: a URL of this machine's own files is none of theirs. */
function ofUrl(place: string, href: string): Pick<MediaPartInput, "data" | "url"> {
  if (href.startsWith("data:")) return { data: href };
  if (/^https?:/.test(href)) return { url: href };
  throw unsupportedFeature(`${place}: only http, https and data URLs can be read.`, "Pass the file's bytes.");
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
