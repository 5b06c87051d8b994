import { InhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import { isObject, type JsonObject } from "../../http/json.ts";
import type { Decoder } from "../../http/wire-request.ts";
import { unfinished } from "./openai-finish.ts";

/** Decodes a reply that is one JSON object and no more, such as a list of tokens. */
export function valueDecoder(read: (value: JsonObject, batch: ModelEvent[]) => void): Decoder {
  let come = false;
  return {
    complete: false,
    value(value, batch) {
      if (!isObject(value)) throw new InhouseError("protocol", "The server sent no object where a reply was expected.");
      come = true;
      read(value, batch);
    },
    end(batch) {
      if (!come) throw unfinished(false);
      batch.push({ type: "finish", finishReasons: [] });
    },
  };
}
