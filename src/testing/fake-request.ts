import type { IncomingMessage } from "node:http";

/** A request as a fake server received it. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<IncomingMessage["headers"]>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Reads a request to its end. */
export async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const isJson = text !== "" && incoming.headers["content-type"] === "application/json";
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    body: isJson ? (JSON.parse(text) as FakeRequest["body"]) : {},
  };
}
