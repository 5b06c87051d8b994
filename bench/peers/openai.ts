import OpenAI from "openai";

import { messages as prompt, model, tools, type OpenSubject } from "../subject.ts";

const schema = { type: "json_schema", json_schema: { name: "document", schema: { type: "object" } } } as const;
const functions = tools.map((tool) => ({ type: "function" as const, function: tool }));

/** openai, with `create({ stream: true })`; objects by its helper `.stream()`, which alone has partial ones. */
export const open: OpenSubject = (root) => {
  const client = new OpenAI({ baseURL: `${root}/v1`, apiKey: "none" });
  const { completions } = client.chat;
  const messages = [...prompt];
  const streaming = { model, messages, stream: true as const, stream_options: { include_usage: true } };
  return {
    skipsPartials: true,
    async stream(onText) {
      for await (const { choices } of await completions.create(streaming)) {
        const text = choices[0]?.delta.content;
        if (text) onText(text);
      }
    },
    async object(onPartial) {
      const stream = completions.stream({ ...streaming, response_format: schema });
      let last: unknown;
      stream.on("content.delta", ({ parsed }) => {
        if (parsed !== last) onPartial();
        last = parsed;
      });
      const { choices } = await stream.finalChatCompletion();
      return JSON.parse(choices[0]?.message.content ?? "");
    },
    async call(onPiece) {
      const pieces: string[] = [];
      for await (const { choices } of await completions.create({ ...streaming, tools: functions })) {
        const piece = choices[0]?.delta.tool_calls?.[0]?.function?.arguments;
        if (!piece) continue;
        pieces.push(piece);
        onPiece();
      }
      return JSON.parse(pieces.join(""));
    },
    async chat() {
      const { choices } = await completions.create({ model, messages });
      return choices[0]?.message.content ?? "";
    },
  };
};
