import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import type { ContentBlock } from "@langchain/core/messages";

import { objectIn } from "./reply-message.ts";
import { eventReasonOf, type ReplyStep } from "./reply-steps.ts";

/** A block that is being told. */
interface Open {
  readonly index: number;
  readonly kind: string;
  /** Its name and id, where it is a call. */
  readonly head: { readonly id?: string; readonly name?: string };
  text: string;
}

/** An answer in LangChain's events of content blocks: each block has its start, its deltas and its end, in its turn. */
export async function* eventsOf(steps: AsyncIterable<ReplyStep>): AsyncGenerator<ChatModelStreamEvent> {
  yield { event: "message-start" };
  let open: Open | undefined;
  let next = 0;
  for await (const step of steps) {
    const kind = step.type === "call" ? `call ${step.index}` : step.type;
    if (open && open.kind !== kind) {
      yield { event: "content-block-finish", index: open.index, content: finished(open) };
      open = undefined;
    }
    if (step.type === "end") {
      const { metadata, usage } = step;
      if (usage) yield { event: "usage", usage };
      const reason = eventReasonOf(metadata);
      yield { event: "message-finish", reason, ...(usage ? { usage } : {}), responseMetadata: metadata };
      return;
    }
    if (!open) {
      open = { index: next, kind, text: "", head: step.type === "call" ? headOf(step) : {} };
      next += 1;
      yield { event: "content-block-start", index: open.index, content: begun(open) };
    }
    const text = step.type === "call" ? step.arguments : step.text;
    if (text === "") continue;
    open.text += text;
    yield { event: "content-block-delta", index: open.index, delta: deltaOf(step.type, text) };
  }
}

const headOf = ({ id, name }: Open["head"]): Open["head"] => ({
  ...(id === undefined ? {} : { id }),
  ...(name === undefined ? {} : { name }),
});

function deltaOf(type: "text" | "reasoning" | "call", text: string) {
  switch (type) {
    case "text":
      return { type: "text-delta" as const, text };
    case "reasoning":
      return { type: "reasoning-delta" as const, reasoning: text };
    case "call":
      return { type: "tool-call-delta" as const, args: text };
  }
}

function begun({ kind, index, head }: Open): ContentBlock {
  if (kind === "text") return { type: "text", text: "" };
  if (kind === "reasoning") return { type: "reasoning", reasoning: "" };
  return { type: "tool_call_chunk", ...head, args: "", index };
}

function finished({ kind, text, head }: Open): ContentBlock {
  if (kind === "text") return { type: "text", text };
  if (kind === "reasoning") return { type: "reasoning", reasoning: text };
  const args = objectIn(text);
  if (args) return { type: "tool_call", ...head, args };
  return { type: "invalid_tool_call", ...head, args: text, error: "The arguments are no JSON object." };
}
