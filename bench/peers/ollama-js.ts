import { Ollama } from "ollama";

import { messages, model, type OpenSubject } from "../subject.ts";

/** ollama, the client of Ollama's makers. */
export const open: OpenSubject = (root) => {
  const client = new Ollama({ host: root });
  const request = { model, messages: [...messages] };
  return {
    async stream(onText) {
      for await (const { message } of await client.chat({ ...request, stream: true })) {
        if (message.content) onText(message.content);
      }
    },
    async chat() {
      const { message } = await client.chat(request);
      return message.content;
    },
  };
};
