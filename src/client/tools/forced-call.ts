import { InhouseError } from "../../core/error.ts";
import type { Batch, FinishEvent, ToolCallEvent } from "../../core/event.ts";
import type { Provider } from "../../core/provider.ts";
import { unknownTool } from "./schema-calls.ts";
import { readArguments } from "./tool-arguments.ts";

/**
 * The last guard of a call that was required: prose (llama-server b11434 answers with it), another tool's call and one that
 * was cut must not pass for it, in none of the answers. `names` are those that may be called.
 */
export async function* withForcedCall(
  reply: AsyncIterable<Batch>,
  names: readonly string[],
  provider: Provider,
): AsyncGenerator<Batch> {
  const called = new Set<number>(); // choices
  let cut: ToolCallEvent | undefined;
  for await (const batch of reply) {
    for (const event of batch) {
      if (event.type === "tool-call-delta" || event.type === "tool-call") {
        if (event.name && !names.includes(event.name)) throw unknownTool(event.name, names, provider);
      }
      if (event.type === "tool-call") {
        called.add(event.choice);
        if (readArguments(event.arguments).issues) cut = event;
      }
      if (event.type === "finish") check(event, called, cut, provider);
    }
    yield batch;
  }
}

function check(
  { finishReasons }: FinishEvent,
  called: ReadonlySet<number>,
  cut: ToolCallEvent | undefined,
  { name }: Provider,
): void {
  const limited = finishReasons.includes("length");
  if (cut && limited) {
    throw new InhouseError("output-limit", "The tool call that was required was cut by the token limit.", {
      provider: name,
      partial: { text: cut.arguments, reasoning: "", toolCalls: [] },
    });
  }
  if (finishReasons.every((_, choice) => called.has(choice))) return;
  throw new InhouseError("tool", "A tool call was required, and the model answered without one.", {
    provider: name,
    ...(limited ? { hint: "Raise maxTokens: the limit cut the answer before a call." } : {}),
  });
}
