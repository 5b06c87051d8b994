import { readFileSync } from "node:fs";

import type { CannedReply } from "./canned.ts";

/** A reply that was recorded with curl, as these folders of `test/fixtures` hold them. */
export function recorded(
  name: string,
  folder: "llamacpp-b11434" | "ollama-0.34.2" | "vllm-0.32.0" = "llamacpp-b11434",
): CannedReply & { readonly body: Buffer } {
  const bytes = readFileSync(new URL(`../fixtures/${folder}/${name}.res.txt`, import.meta.url));
  const headEnd = bytes.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const headers = lines.map((line) => line.split(/: */, 2) as [string, string]);
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: Object.fromEntries(headers.map(([header, value]) => [header.toLowerCase(), value])),
    body: bytes.subarray(headEnd + 4, bytes.includes("\n-- curl:") ? bytes.lastIndexOf("\n-- curl:") : undefined),
  };
}
