import { createClient } from "inhouse";
import { ollama } from "inhouse/ollama";

import { messages, model, type OpenSubject } from "./subject.ts";

/** The package with its provider for Ollama, as its users have it: retry, limits, the watch for silence and timings are on. */
export const openNdjsonInhouse: OpenSubject = (root) => {
  const client = createClient({ provider: ollama({ baseURL: root }), model });
  return {
    async stream(onText) {
      for await (const event of client.stream({ messages })) {
        if (event.type === "text-delta") onText(event.text);
      }
    },
    async chat() {
      const { text } = await client.chat({ messages });
      return text;
    },
    close: () => client.close(),
  };
};
