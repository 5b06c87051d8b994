import { httpChunk, lastHttpChunk } from "./wire.ts";

/** The bytes of replies in Ollama's shape; its lines differ in their time too. */
export const ndjsonHead = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ndate: Sat, 22 Nov 2026 12:00:00 GMT\r\n" +
    "transfer-encoding: chunked\r\n\r\n",
);

const model = "qwen3-8b-instruct";

/** The line of one token. */
export function tokenLine(content: string, index: number): string {
  return JSON.stringify({ model, created_at: timeOf(index), message: { role: "assistant", content }, done: false });
}

/** The last line. */
export function lastLine(tokens: number): string {
  return JSON.stringify({
    model,
    created_at: timeOf(tokens),
    message: { role: "assistant", content: "" },
    done: true,
    done_reason: "stop",
    total_duration: 1_796_973_433,
    load_duration: 1_285_947,
    prompt_eval_count: 21,
    prompt_eval_cached_count: 0,
    prompt_eval_duration: 210_107_000,
    eval_count: tokens,
    eval_duration: 296_378_000,
  });
}

/** One line in one chunk of the HTTP encoding. */
export const lineChunk = (line: string): Buffer => httpChunk(Buffer.from(`${line}\n`));

/** What closes a stream. */
export const ndjsonEnd = (tokens: number): Buffer => Buffer.concat([lineChunk(lastLine(tokens)), lastHttpChunk]);

function timeOf(index: number): string {
  return new Date(1_764_000_000_000 + index * 7).toISOString().replace("Z", "340808Z");
}
