import { randomUUID } from "node:crypto";

import { InhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import { arrayOf, isObject, numberOf, objectOf, stringOf, type JsonObject } from "../../http/json.ts";

/** Most calls of one answer. */
const maxCalls = 128;

/** Puts the tool calls of one answer together from their pieces. */
export interface ToolCallAssembler {
  /** Takes the `tool_calls` of a delta or message and appends what is new of them. */
  push(value: unknown, batch: ModelEvent[]): void;
  /** Appends the whole calls; false where there are none. */
  end(batch: ModelEvent[]): boolean;
}

interface Call {
  id: string;
  name: string;
  /** Its head was delivered. */
  announced: boolean;
  readonly pieces: string[];
}

/** An assembler for one choice. Tolerant where servers differ: a missing index or id, arguments as an object, null lists. */
export function toolCallAssembler(choice: number): ToolCallAssembler {
  const calls = new Map<number, Call>();

  function callOf(index: number, entry: JsonObject): Call {
    const known = calls.get(index);
    if (known) return known;
    if (calls.size >= maxCalls) {
      throw new InhouseError("limit", `The answer has more than ${maxCalls} tool calls.`);
    }
    const given = stringOf(entry["id"]);
    const taken = [...calls.values()].some(({ id }) => id === given);
    const call: Call = { id: given && !taken ? given : `call_${randomUUID()}`, name: "", announced: false, pieces: [] };
    calls.set(index, call);
    return call;
  }

  function pushEntry(entry: JsonObject, position: number, batch: ModelEvent[]): void {
    const index = numberOf(entry["index"]) ?? position;
    const call = callOf(index, entry);
    const { name, arguments: given } = objectOf(entry["function"]);
    if (call.name === "" && typeof name === "string") call.name = name;
    const piece = typeof given === "string" ? given : given ? JSON.stringify(given) : "";
    if (piece !== "") call.pieces.push(piece);
    if (call.name === "") return; // what comes before a name waits for it
    if (!call.announced) {
      const { id, name: known, pieces } = call;
      batch.push({ type: "tool-call-delta", choice, index, id, name: known, arguments: pieces.join("") });
      call.announced = true;
    } else if (piece !== "") batch.push({ type: "tool-call-delta", choice, index, arguments: piece });
  }

  return {
    push(value, batch) {
      const before = calls.size;
      arrayOf(value).forEach((entry, position) => {
        // Without an index, a list is either whole calls or the next piece of the last one.
        const place = isObject(entry) && entry["id"] === undefined && before > 0 ? before - 1 : before + position;
        if (isObject(entry)) pushEntry(entry, place, batch);
      });
    },
    end(batch) {
      for (const [index, { id, name, pieces }] of calls) {
        batch.push({ type: "tool-call", choice, index, id, name, arguments: pieces.join("") });
      }
      return calls.size > 0;
    },
  };
}
