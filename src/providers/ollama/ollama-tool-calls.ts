import { randomUUID } from "node:crypto";

import { InhouseError } from "../../core/error.ts";
import type { ModelEvent } from "../../core/event.ts";
import { objectOf, stringOf } from "../../http/json.ts";

/** Most calls of one answer. */
const maxCalls = 128;

/**
 * Appends the calls of a piece of a reply. Ollama sends each call whole, with its arguments as an object; older versions
 * number them all 0 or send no id, so they are counted here; `ids` are those in use, since two calls under one would share a result.
 */
export function decodeToolCalls(
  list: readonly unknown[],
  before: number,
  batch: ModelEvent[],
  ids: Set<string>,
): number {
  let index = before;
  for (const entry of list) {
    if (index >= maxCalls) throw new InhouseError("limit", `The answer has more than ${maxCalls} tool calls.`);
    const call = objectOf(entry);
    const { name, arguments: given } = objectOf(call["function"]);
    const told = stringOf(call["id"]);
    const id = told && !ids.has(told) ? told : `call_${randomUUID()}`;
    ids.add(id);
    const head = { choice: 0, index, id, name: stringOf(name) ?? "" };
    const text = typeof given === "string" ? given : JSON.stringify(given ?? {});
    batch.push({ type: "tool-call-delta", ...head, arguments: text }, { type: "tool-call", ...head, arguments: text });
    index += 1;
  }
  return index;
}
