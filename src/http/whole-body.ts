import { InhouseError } from "../core/error.ts";
import { maxBodyBytes, type Framing } from "./framing.ts";
import { utf8 } from "./utf8.ts";

/** A body that is one JSON value: one frame, when it has ended. */
export function wholeBody(maxBytes: number = maxBodyBytes): Framing {
  const chunks: Uint8Array[] = [];
  let length = 0;
  return {
    feed(bytes) {
      chunks.push(bytes);
      length += bytes.length;
      if (length > maxBytes) throw new InhouseError("limit", `The reply is larger than ${maxBytes} bytes.`);
      return [];
    },
    end() {
      const [only] = chunks;
      const body = chunks.length === 1 && only ? only : Buffer.concat(chunks, length);
      const text = utf8(body);
      return [{ data: text.startsWith("\uFEFF") ? text.slice(1) : text }];
    },
  };
}
