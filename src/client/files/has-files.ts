import type { Part, TextPart } from "../../core/message.ts";
import type { ChatRequest, ModelRequest, TokenizationRequest } from "../../core/request.ts";

/** A request that has messages. */
export type Talk = ChatRequest | TokenizationRequest;

/** A part that is no text. */
export type MediaPart = Exclude<Part, TextPart>;

/** Whether a request has parts that are no text. */
export function hasFiles(request: ModelRequest): request is Talk {
  return "messages" in request && partsOf(request).length > 0;
}

/** The parts that are no text, with their places, such as `messages[0].content[1]`. */
export function partsOf({ messages = [] }: Talk): readonly (readonly [place: string, part: MediaPart])[] {
  return messages.flatMap(({ content }, index) =>
    typeof content === "string"
      ? []
      : content.flatMap((part, at) =>
          part.type === "text" ? [] : [[`messages[${index}].content[${at}]`, part] as const],
        ),
  );
}
