import { createClient } from "inhouse";
import { openaiCompatible } from "inhouse/openai-compatible";

import { messages, model, tools, type OpenSubject } from "./subject.ts";

/** The package as its users have it: retry, limits, the watch for silence and timings are on. */
export const openInhouse: OpenSubject = (root) => {
  const provider = openaiCompatible({ baseURL: `${root}/v1` });
  // What a client asks its server once is no matter of a call.
  const info = { id: model, aliases: [], capabilities: provider.capabilities };
  const report = { provider: provider.name, model: info, learnedAt: new Date().toISOString() };
  const client = createClient({ provider, model, capabilities: [report] });
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
    async call(onPiece) {
      const stream = client.stream({ messages, tools });
      for await (const event of stream) if (event.type === "tool-call-delta" && event.arguments !== "") onPiece();
      return JSON.parse((await stream.result).toolCalls[0]?.arguments ?? "");
    },
    async upload(wav) {
      const content = [{ type: "audio", data: wav }] as const;
      return (await client.chat({ messages: [{ role: "user", content }] })).text;
    },
    async chat() {
      const { text } = await client.chat({ messages });
      return text;
    },
    close: () => client.close(),
  };
};
