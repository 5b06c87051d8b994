import { Agent, request } from "undici";

import { messages, model, tools, type OpenSubject, type Subject } from "./subject.ts";

interface Delta {
  readonly content?: string;
  readonly tool_calls?: readonly [{ readonly function: { readonly arguments: string } }];
}

interface Reply {
  readonly choices: readonly [{ readonly delta: Delta; readonly message: { readonly content: string } }];
}

/** What any client on undici pays: the request, a split into lines, a JSON.parse per event. No check, no limit, no retry. */
export const openFloor: OpenSubject = (root) => {
  const dispatcher = new Agent();
  const url = `${root}/v1/chat/completions`;

  const post = (stream: boolean, more: object = {}) =>
    request(url, {
      dispatcher,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model,
        messages,
        stream,
        ...(stream ? { stream_options: { include_usage: true } } : {}),
        ...more,
      }),
    });

  async function read(onDelta: (delta: Delta) => void, more?: object): Promise<void> {
    const { body } = await post(true, more);
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of body as AsyncIterable<Uint8Array>) {
      const text = rest + decoder.decode(bytes, { stream: true });
      let from = 0;
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
        const end = text.charCodeAt(at - 1) === 13 ? at - 1 : at;
        if (text.startsWith("data: ", from) && !text.startsWith("data: [DONE]", from)) {
          const choice = (JSON.parse(text.slice(from + 6, end)) as Reply).choices[0];
          if (choice) onDelta(choice.delta);
        }
        from = at + 1;
      }
      rest = text.slice(from);
    }
  }

  const floor: Subject = {
    stream: (onText) =>
      read(({ content }) => {
        if (content) onText(content);
      }),
    async call(onPiece) {
      const pieces: string[] = [];
      await read(
        ({ tool_calls: calls }) => {
          const piece = calls?.[0].function.arguments;
          if (!piece) return;
          pieces.push(piece);
          onPiece();
        },
        { tools: tools.map((tool) => ({ type: "function", function: tool })) },
      );
      return JSON.parse(pieces.join(""));
    },
    async chat() {
      const { body } = await post(false);
      return ((await body.json()) as Reply).choices[0].message.content;
    },
    async upload(wav) {
      const data = Buffer.from(wav.buffer, wav.byteOffset, wav.byteLength).toString("base64");
      const content = [{ type: "input_audio", input_audio: { data, format: "wav" } }];
      const { body } = await post(false, { messages: [{ role: "user", content }] });
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
