import { Agent, request } from "undici";

import { messages, model, type OpenSubject } from "./subject.ts";

interface Line {
  readonly message: { readonly content: string };
}

/** The floor of Ollama's protocol: the request, a split into lines, a JSON.parse per line. */
export const openNdjsonFloor: OpenSubject = (root) => {
  const dispatcher = new Agent();

  const post = (stream: boolean) =>
    request(`${root}/api/chat`, {
      dispatcher,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, messages, stream }),
    });

  return {
    async stream(onText) {
      const { body } = await post(true);
      const decoder = new TextDecoder();
      let rest = "";
      for await (const bytes of body as AsyncIterable<Uint8Array>) {
        const text = rest + decoder.decode(bytes, { stream: true });
        let from = 0;
        for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
          const { content } = (JSON.parse(text.slice(from, at)) as Line).message;
          if (content) onText(content);
          from = at + 1;
        }
        rest = text.slice(from);
      }
    },
    async chat() {
      const { body } = await post(false);
      return ((await body.json()) as Line).message.content;
    },
    close: () => dispatcher.close(),
  };
};
