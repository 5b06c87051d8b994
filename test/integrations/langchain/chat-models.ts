import { createClient } from "../../../src/client/client.ts";
import type { ModelEvent } from "../../../src/core/event.ts";
import { ChatInhouse, type ChatInhouseFields } from "../../../src/integrations/langchain/index.ts";
import type { MemoryProvider } from "../../../src/testing/memory.ts";

const usage = { inputTokens: 20, outputTokens: 6, cachedInputTokens: 8, reasoningTokens: 2 };
/** An answer that was thought about. */
export const thinking: readonly ModelEvent[] = [
  { type: "start", requestId: "r-1" },
  { type: "reasoning-delta", choice: 0, text: "It is " },
  { type: "reasoning-delta", choice: 0, text: "summer." },
  { type: "text-delta", choice: 0, text: "Warm" },
  { type: "text-delta", choice: 0, text: " enough." },
  { type: "warning", warning: { option: "topK", message: "It was left out." } },
  { type: "finish", finishReasons: ["stop"], model: "small", usage, timings: { promptMs: 3 } },
];

/** A chat model of LangChain over a provider. */
export function modelOf(provider: MemoryProvider, fields: Partial<ChatInhouseFields> = {}): ChatInhouse {
  return new ChatInhouse({ client: createClient({ provider }), ...fields });
}
