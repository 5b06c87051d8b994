import type { MediaKind, MediaSource } from "./media-file.ts";

/** A piece of text in a message. */
export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

/** The bytes of a picture, a sound or a film: as they are, or in base64 (no `data:` prefix). */
export type MediaData = string | Uint8Array;

/** A picture in a user's message, as bytes: a model server is never given a URL to fetch. */
export interface ImagePart {
  readonly type: "image";
  /** IANA media type, such as `image/png`. */
  readonly mediaType: string;
  readonly data: MediaData;
}

/** A sound in a user's message. */
export interface AudioPart {
  readonly type: "audio";
  /** IANA media type, such as `audio/wav`. */
  readonly mediaType: string;
  readonly data: MediaData;
}

/** A film in a user's message. */
export interface VideoPart {
  readonly type: "video";
  /** IANA media type, such as `video/mp4`. */
  readonly mediaType: string;
  readonly data: MediaData;
}

/** A file in a user's message that is still to be read; its content becomes the parts that the server takes. */
export interface FilePart {
  readonly type: "file";
  readonly source: MediaSource;
  /** What the caller takes it for. Its content decides what it is; another kind than this one is refused. */
  readonly kind?: MediaKind;
  /** Its name, for the model and for errors. */
  readonly name?: string;
}

/** A piece of a user's message. */
export type Part = TextPart | ImagePart | AudioPart | VideoPart | FilePart;

/** A call that the model asks for. */
export interface ToolCall {
  /** Names the call, so that its result finds it. */
  readonly id: string;
  readonly name: string;
  /** The arguments as the model wrote them: JSON text, not yet checked against a schema. */
  readonly arguments: string;
}

/** Instructions from the application. */
export interface SystemMessage {
  readonly role: "system";
  readonly content: string;
  /** Who speaks, where several do. */
  readonly name?: string;
}

/** What the user said or showed. */
export interface UserMessage {
  readonly role: "user";
  readonly content: string | readonly Part[];
  readonly name?: string;
}

/** What the model said; as the last message it is a prefill that the model continues. */
export interface AssistantMessage {
  readonly role: "assistant";
  readonly content: string;
  /** Its thinking, kept apart from what it said. */
  readonly reasoning?: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly name?: string;
}

/** The result of one tool call. */
export interface ToolMessage {
  readonly role: "tool";
  readonly toolCallId: string;
  readonly content: string;
}

/** One turn of a conversation, in the one form that policies and providers see. */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;
