import type { HttpResponse, Transport } from "../../src/core/transport.ts";
import { digestOf, recordedBody, type Exchange } from "./exchanges.ts";

/** Longest request body that is kept for the reader. */
const maxBodyLength = 2_000;

/** A transport that keeps what goes over another. */
export function recordingTransport(transport: Transport, exchanges: Exchange[]): Transport {
  return {
    async send(request) {
      const response = await transport.send(request);
      const body = await recordedBody(request.body, request.headers["content-type"]);
      const chunks: string[] = [];
      const place = exchanges.length;
      const note = (ended: boolean): void => {
        exchanges[place] = {
          method: request.method,
          path: request.path,
          body: body.slice(0, maxBodyLength),
          digest: digestOf(body),
          status: response.status,
          headers: flat(response.headers),
          chunks: [...chunks],
          ended,
        };
      };
      note(false);
      return { ...response, body: kept(response.body, chunks, note) };
    },
    close: () => transport.close(),
  };
}

async function* kept(
  body: HttpResponse["body"],
  chunks: string[],
  note: (ended: boolean) => void,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  let ended = false;
  try {
    for await (const chunk of body) {
      chunks.push(decoder.decode(chunk, { stream: true }));
      note(false);
      yield chunk;
    }
    ended = true;
  } finally {
    note(ended || chunks.join("").includes("[DONE]") || /"(stop|done)":true/.test(chunks.at(-1) ?? ""));
  }
}

function flat(headers: HttpResponse["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
