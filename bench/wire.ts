/** The bytes of replies, in vLLM's shape. */
const head = {
  id: "chatcmpl-7f3a9c5e2b1d4f60a8c7e5d3b2a19f08",
  object: "chat.completion.chunk",
  created: 1_764_000_000,
  model: "qwen3-8b-instruct",
};

export const streamHead = Buffer.from(
  "HTTP/1.1 200 OK\r\ndate: Sat, 22 Nov 2026 12:00:00 GMT\r\nserver: uvicorn\r\n" +
    "content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n",
);

/** The JSON of a chunk that carries `delta`. */
export function chunkJson(delta: object, finishReason: string | null = null): string {
  const choice = { index: 0, delta, logprobs: null, finish_reason: finishReason, token_ids: null };
  return JSON.stringify({ ...head, choices: [choice] });
}

export const roleJson = chunkJson({ role: "assistant", content: "" });
export const finishJson = chunkJson({ content: "" }, "stop");

/** The JSON of a chunk that carries a piece of a tool call. */
export const callJson = (piece: object): string => chunkJson({ content: null, tool_calls: [{ index: 0, ...piece }] });
export const callFinishJson = chunkJson({}, "tool_calls");

export function usageJson(tokens: number): string {
  return JSON.stringify({ ...head, choices: [], usage: usageOf(tokens) });
}

/** One event in one chunk of the HTTP encoding. */
export function eventChunk(data: string): Buffer {
  return httpChunk(Buffer.from(`data: ${data}\n\n`));
}

export function httpChunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

export const lastHttpChunk = Buffer.from("0\r\n\r\n");

/** What closes a stream: finish reason, usage, `[DONE]`, the end of the body. */
export function streamEnd(tokens: number): Buffer {
  return Buffer.concat([eventChunk(finishJson), eventChunk(usageJson(tokens)), eventChunk("[DONE]"), lastHttpChunk]);
}

/** A whole reply that is not streamed. */
export function unaryReply(text: string, tokens: number): Buffer {
  const message = { role: "assistant", content: text, refusal: null, tool_calls: [], reasoning_content: null };
  const choice = { index: 0, message, logprobs: null, finish_reason: "stop", stop_reason: null, token_ids: null };
  const reply = {
    ...head,
    object: "chat.completion",
    choices: [choice],
    usage: usageOf(tokens),
    kv_transfer_params: null,
  };
  const body = Buffer.from(JSON.stringify(reply));
  const headers =
    "HTTP/1.1 200 OK\r\ndate: Sat, 22 Nov 2026 12:00:00 GMT\r\nserver: uvicorn\r\n" +
    `content-length: ${body.length}\r\ncontent-type: application/json\r\n\r\n`;
  return Buffer.concat([Buffer.from(headers), body]);
}

function usageOf(tokens: number) {
  return { prompt_tokens: 21, total_tokens: 21 + tokens, completion_tokens: tokens, prompt_tokens_details: null };
}
