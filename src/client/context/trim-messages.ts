import type { Message } from "../../core/message.ts";
import { messageBytes } from "./prompt-bytes.ts";

/** A conversation without its oldest turns. */
export interface Trimmed {
  readonly messages: readonly Message[];
  /** How many were left out. */
  readonly dropped: number;
}

/**
 * Leaves the oldest turns out, until texts of `excessBytes` are gone or nothing more may go; undefined where nothing may.
 * A turn is what the user says and all that follows; of the last one only tool exchanges may go, the oldest first, a call
 * and its results together. System messages stay, the user's last message stays, and so does what came last.
 */
export function trimMessages(messages: readonly Message[], excessBytes: number): Trimmed | undefined {
  const gone = new Set<Message>();
  let bytes = 0;
  for (const unit of droppable(messages)) {
    for (const message of unit) {
      gone.add(message);
      bytes += messageBytes(message);
    }
    if (bytes >= excessBytes) break;
  }
  if (gone.size === 0) return undefined;
  return { messages: messages.filter((message) => !gone.has(message)), dropped: gone.size };
}

/** What may go, in the order in which it goes: whole turns, then exchanges of the last turn. */
function droppable(messages: readonly Message[]): readonly (readonly Message[])[] {
  const talk = messages.filter(({ role }) => role !== "system");
  const lastUser = talk.findLastIndex(({ role }) => role === "user");
  const turns = grouped(talk.slice(0, Math.max(lastUser, 0)), ({ role }) => role === "user");
  const exchanges = grouped(talk.slice(lastUser + 1), ({ role }) => role !== "tool").slice(0, -1);
  return [...turns, ...exchanges];
}

/** Messages in groups, of which each begins where `opens` says so. */
function grouped(messages: readonly Message[], opens: (message: Message) => boolean): readonly (readonly Message[])[] {
  const groups: Message[][] = [];
  for (const message of messages) {
    const group = groups.at(-1);
    if (group && !opens(message)) group.push(message);
    else groups.push([message]);
  }
  return groups;
}
