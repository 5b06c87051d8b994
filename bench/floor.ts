import { Agent, request } from "undici";

import { messages, model, type OpenSubject, type Subject } from "./subject.ts";

interface Reply {
  readonly choices: readonly [
    { readonly delta: { readonly content?: string }; readonly message: { readonly content: string } },
  ];
}

/** What any client on undici pays: the request, a split into lines, a JSON.parse per event. No check, no limit, no retry. */
export const openFloor: OpenSubject = (root) => {
  const dispatcher = new Agent();
  const url = `${root}/v1/chat/completions`;

  const post = (stream: boolean) =>
    request(url, {
      dispatcher,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, messages, stream, ...(stream ? { stream_options: { include_usage: true } } : {}) }),
    });

  const floor: Subject = {
    async stream(onText) {
      const { body } = await post(true);
      const decoder = new TextDecoder();
      let rest = "";
      for await (const bytes of body as AsyncIterable<Uint8Array>) {
        const text = rest + decoder.decode(bytes, { stream: true });
        let from = 0;
        for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
          const end = text.charCodeAt(at - 1) === 13 ? at - 1 : at;
          if (text.startsWith("data: ", from) && !text.startsWith("data: [DONE]", from)) {
            const content = (JSON.parse(text.slice(from + 6, end)) as Reply).choices[0]?.delta.content;
            if (content) onText(content);
          }
          from = at + 1;
        }
        rest = text.slice(from);
      }
    },
    async chat() {
      const { body } = await post(false);
      return ((await body.json()) as Reply).choices[0].message.content;
    },
    /** Without partials: whoever does without an SDK parses once, at the end. */
    async object(onPartial) {
      const pieces: string[] = [];
      await floor.stream((piece) => {
        pieces.push(piece);
        onPartial();
      });
      return JSON.parse(pieces.join(""));
    },
    close: () => dispatcher.close(),
  };
  return floor;
};
