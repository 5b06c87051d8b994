import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A registry of models on loopback, of the OCI distribution protocol as far as Ollama speaks it. */
export interface ModelRegistry {
  /** What comes before a model's name: `127.0.0.1:5000/library`. */
  readonly place: string;
  /** What was asked for, in order: `GET /v2/library/x/manifests/latest bytes=0-99`. */
  readonly requests: readonly string[];
  /** Names and tags of the models that were pushed, such as `library/x:latest`. */
  readonly models: () => readonly string[];
  /** From now on a blob's bytes stop after so many in each reply, and the connection stays open; undefined lets them flow. */
  stopAfter(bytes: number | undefined): void;
  close(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1. What is pushed to it can be pulled from it. */
export async function modelRegistry(): Promise<ModelRegistry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer>();
  const requests: string[] = [];
  let limit: number | undefined;

  function sendBlob({ headers, method }: IncomingMessage, response: ServerResponse, blob: Buffer): void {
    const [, from = "0", to = String(blob.length - 1)] = /^bytes=(\d+)-(\d+)?$/.exec(headers.range ?? "") ?? [];
    const part = blob.subarray(Number(from), Number(to) + 1);
    response.writeHead(headers.range === undefined ? 200 : 206, { "content-length": part.length });
    if (method === "HEAD") response.end();
    else if (limit === undefined || part.length <= limit) response.end(part);
    else response.write(part.subarray(0, limit));
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://registry");
    const { method } = request;
    requests.push([method, pathname, request.headers.range].filter(Boolean).join(" "));
    const body = await bodyOf(request);
    const [, name = "", kind = "", rest = ""] = /^\/v2\/(.+?)\/(manifests|blobs)\/(.*)$/.exec(pathname) ?? [];
    const location = `http://${request.headers.host}${pathname}`;
    if (kind === "manifests" && method === "PUT") {
      manifests.set(`${name}:${rest}`, body);
      response.writeHead(201).end();
    } else if (kind === "manifests") {
      const manifest = manifests.get(`${name}:${rest}`);
      response.writeHead(manifest ? 200 : 404).end(manifest);
    } else if (method === "POST") {
      const id = String(uploads.size);
      uploads.set(id, Buffer.alloc(0));
      response.writeHead(202, { location: `${location}${id}`, "docker-upload-location": `${location}${id}` }).end();
    } else if (method === "PATCH") {
      const id = rest.replace("uploads/", "");
      uploads.set(id, Buffer.concat([uploads.get(id) ?? Buffer.alloc(0), body]));
      response.writeHead(202, { location, "docker-upload-location": location }).end();
    } else if (method === "PUT") {
      const blob = Buffer.concat([uploads.get(rest.replace("uploads/", "")) ?? Buffer.alloc(0), body]);
      blobs.set(`sha256:${createHash("sha256").update(blob).digest("hex")}`, blob);
      response.writeHead(searchParams.has("digest") ? 201 : 400).end();
    } else {
      const digest = rest || pathname.slice("/bytes/".length);
      const blob = blobs.get(digest);
      if (!blob) response.writeHead(404).end();
      // Ollama (0.34.2) wants to be sent to another host for the bytes, as by a public registry; else it gives up.
      else if (kind === "blobs" && method === "GET") {
        const { port } = new URL(location);
        response.writeHead(307, { location: `http://localhost:${port}/bytes/${digest}` }).end();
      } else sendBlob(request, response, blob);
    }
  }

  const server = createServer((request, response) => {
    response.on("error", () => undefined);
    void take(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    place: `127.0.0.1:${port}/library`,
    requests,
    models: () => [...manifests.keys()],
    stopAfter(bytes) {
      limit = bytes;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
