import { InhouseError } from "../../core/error.ts";
import type { FinishReason } from "../../core/result.ts";
import { isIndex, isObject } from "../../http/json.ts";
import type { Decoder } from "../../http/wire-request.ts";
import { finishReasonOf, replySummary, unfinished } from "./openai-finish.ts";
import { decodeListLogprobs } from "./openai-logprobs.ts";
import type { DecodePromptLogprobs } from "./openai-prompt-logprobs.ts";

/** Decodes a text completion, streamed or whole. */
export function completionDecoder(choices: number, promptLogprobs?: DecodePromptLogprobs): Decoder {
  const reasons: (FinishReason | undefined)[] = Array.from({ length: choices });
  const summary = replySummary();
  let begun = false;
  return {
    complete: false,
    value(value, batch) {
      if (value === null) return; // llama-server b11434 opens the stream of a list of prompts with `data: null`
      if (!isObject(value)) throw new InhouseError("protocol", "The server sent no object where a reply was expected.");
      for (const entry of Array.isArray(value["choices"]) ? value["choices"] : []) {
        if (!isObject(entry)) continue;
        begun = true;
        const choice = typeof entry["index"] === "number" ? entry["index"] : 0;
        if (!isIndex(choice, choices)) {
          throw new InhouseError("protocol", `The server sent choice ${choice} of ${choices}.`);
        }
        if (choice === 0) promptLogprobs?.(entry, batch); // each choice repeats them
        const { text } = entry;
        if (typeof text === "string" && text !== "") batch.push({ type: "text-delta", choice, text });
        if (entry["logprobs"]) decodeListLogprobs(entry["logprobs"], choice, batch);
        if (entry["finish_reason"]) reasons[choice] = finishReasonOf(entry["finish_reason"]);
      }
      summary.read(value, batch);
    },
    end(batch) {
      if (reasons.includes(undefined)) throw unfinished(begun);
      batch.push(summary.finish(reasons.map((reason) => reason ?? "unknown")));
    },
  };
}
