import { createClient } from "inhouse";
import { openaiCompatible } from "inhouse/openai-compatible";

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
      const stream = client.stream({ messages, output: { type: "object" } });
      for await (const _ of stream.partials) onPartial();
      return (await stream.result).output;
    },
    async chat() {
      const { text } = await client.chat({ messages });
      return text;
    },
    close: () => client.close(),
  };
};
