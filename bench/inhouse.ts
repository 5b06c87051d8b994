import { createClient } from "inhouse";
import { openaiCompatible } from "inhouse/openai-compatible";

import { partialJson } from "../src/core/partial-json.ts";
import { messages, model, type OpenSubject } from "./subject.ts";

/** The package as its users have it: retry, limits, the watch for silence and timings are on. */
export const openInhouse: OpenSubject = (root) => {
  const client = createClient({ provider: openaiCompatible({ baseURL: `${root}/v1` }), model });
  return {
    async stream(onText) {
      for await (const event of client.stream({ messages })) {
        if (event.type === "text-delta") onText(event.text);
      }
    },
    async object(onPartial) {
      const reader = partialJson();
      for await (const event of client.stream({ messages })) {
        if (event.type !== "text-delta") continue;
        reader.push(event.text);
        onPartial();
      }
      return reader.end();
    },
    async chat() {
      const { text } = await client.chat({ messages });
      return text;
    },
    close: () => client.close(),
  };
};
