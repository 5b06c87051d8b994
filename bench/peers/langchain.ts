import type { AIMessageChunk } from "@langchain/core/messages";
import { JsonOutputParser } from "@langchain/core/output_parsers";
import { ChatOpenAI } from "@langchain/openai";

import { messages, model, tools, type OpenSubject } from "../subject.ts";

/** @langchain/openai. */
export const open: OpenSubject = (root) => {
  const chat = new ChatOpenAI({ model, apiKey: "none", configuration: { baseURL: `${root}/v1` } });
  const withTools = chat.bindTools(tools.map((tool) => ({ type: "function", function: tool })));
  const withPartials = chat.pipe(new JsonOutputParser());
  const prompt = [...messages];
  return {
    skipsPartials: true,
    async stream(onText) {
      for await (const { text } of await chat.stream(prompt)) if (text !== "") onText(text);
    },
    async object(onPartial) {
      let last: unknown;
      for await (const partial of await withPartials.stream(prompt)) {
        last = partial;
        onPartial();
      }
      return last;
    },
    async call(onPiece) {
      const chunks: AIMessageChunk[] = [];
      for await (const chunk of await withTools.stream(prompt)) {
        chunks.push(chunk);
        if (chunk.tool_call_chunks?.[0]?.args) onPiece();
      }
      return chunks.reduce((all, chunk) => all.concat(chunk)).tool_calls?.[0]?.args;
    },
    async chat() {
      const { text } = await chat.invoke(prompt);
      return text;
    },
  };
};
