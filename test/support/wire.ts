/** Pieces of HTTP and of the OpenAI protocol, as a server writes them. */

/** A reply with a content length. */
export function reply(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): string {
  const all = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Words\r\n${lines.join("")}\r\n${body}`;
}

/** The headers of a streamed reply in chunked encoding. */
export const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/** One chunk of the chunked encoding. */
export function chunk(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

/** The end of the chunked encoding. */
export const lastChunk = "0\r\n\r\n";

/** One server-sent event. */
export const event = (value: unknown): string =>
  `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;

/** A piece of a streamed chat answer. */
export const delta = (text: string, index = 0): object => ({
  id: "chatcmpl-1",
  model: "m",
  choices: [{ index, delta: { content: text }, finish_reason: null }],
});

/** The last piece of a streamed chat answer. */
export const finished = (reason = "stop", index = 0): object => ({
  choices: [{ index, delta: {}, finish_reason: reason }],
});

/** A whole streamed chat answer, as the body of a reply. */
export const chatStream = (...texts: readonly string[]): string =>
  [...texts.map((text) => event(delta(text))), event(finished()), event("[DONE]")].join("");

/** A whole chat answer that is not streamed. */
export const chatReply = (text: string): string =>
  JSON.stringify({
    id: "chatcmpl-1",
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
  });
