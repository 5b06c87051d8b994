import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { onTestFinished } from "vitest";

/** What a mirror may do to the bytes of a file. */
export type MirrorFault =
  | "wrong digest"
  | "cut"
  | "cut once"
  | "silent"
  | "too many bytes"
  | "endless"
  | "html"
  | "gzip"
  | "other length"
  | "no ranges"
  | "wrong range"
  | "busy once"
  | "broken"
  | "401"
  | "404";

export interface MirrorSettings {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** By the name of the file. */
  readonly faults?: Readonly<Record<string, MirrorFault>>;
  /** Lists files that way: with digests beside the revision, or only in the tree. */
  readonly listing?: "siblings" | "tree";
  /** Sends for the bytes to there: an address, to which the name of the file is added. */
  readonly redirect?: string | undefined;
  /** Answers whatever is asked, where it answers something. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A mirror of models on loopback: Hugging Face's protocol, and an OCI registry's for the same files. */
export interface ModelMirror {
  readonly url: string;
  readonly host: string;
  readonly commit: string;
  /** `GET /path` with its range, in order. */
  readonly requests: readonly string[];
  /** The `authorization` of each request. */
  readonly keys: readonly (string | undefined)[];
  settings: MirrorSettings;
  /** Resolves when so many bytes of a file that falls silent or is cut were sent. */
  readonly silent: Promise<void>;
}

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const blobOf = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

const commit = "5a1b".repeat(10);

/** Starts a mirror on a free port; it is closed when the test is over. */
export async function modelMirror(settings: MirrorSettings): Promise<ModelMirror> {
  const requests: string[] = [];
  const keys: (string | undefined)[] = [];
  const counts = new Map<string, number>();
  let onSilent: () => void = () => undefined;
  const silent = new Promise<void>((resolve) => (onSilent = resolve));
  const mirror = { settings };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { files, faults = {}, listing = "siblings", redirect, instead } = mirror.settings;
    const { pathname } = new URL(request.url ?? "", "http://mirror");
    requests.push([request.method, decodeURIComponent(pathname), request.headers.range].filter(Boolean).join(" "));
    keys.push(request.headers.authorization);
    if (instead?.(request, response)) return;
    const json = (value: unknown): void => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    if (pathname.includes("/revision/")) {
      const siblings = Object.entries(files).map(([rfilename, bytes]) =>
        listing === "tree" ? { rfilename } : { rfilename, size: bytes.length, ...digests(rfilename, bytes) },
      );
      return json({ sha: commit, siblings });
    }
    if (pathname.includes("/tree/")) {
      const all = Object.entries(files).map(([path, bytes]) => ({
        type: "file",
        path,
        size: bytes.length,
        oid: blobOf(bytes),
        ...(isLarge(path) ? { lfs: { oid: sha256Of(bytes), size: bytes.length } } : {}),
      }));
      const second = new URL(request.url ?? "", "http://mirror").searchParams.has("cursor");
      if (!second && all.length > 1) response.setHeader("link", `<https://elsewhere.example/api?cursor=2>; rel="next"`);
      return json(second || all.length === 1 ? all.slice(1) : all.slice(0, 1));
    }
    if (pathname.includes("/manifests/")) return json(manifestOf(files));
    const name = Object.keys(files).find(
      (file) =>
        decodeURIComponent(pathname).endsWith(`/resolve/${commit}/${file}`) ||
        pathname.endsWith(`/blobs/sha256:${sha256Of(files[file] ?? new Uint8Array())}`) ||
        decodeURIComponent(pathname) === `/bytes/${file}`,
    );
    const bytes = name === undefined ? undefined : files[name];
    if (name === undefined || !bytes) return void response.writeHead(404).end();
    if (redirect !== undefined && !pathname.startsWith("/bytes/")) {
      return void response.writeHead(302, { location: `${redirect}/bytes/${name}?signature=secret` }).end();
    }
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    sendFile(request, response, bytes, faults[name], count, onSilent);
  };

  const server = createServer((request, response) => {
    response.on("error", () => undefined);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  const host = `127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  return Object.assign(mirror, { url: `http://${host}`, host, commit, requests, keys, silent });
}

const isLarge = (name: string): boolean => /\.(gguf|safetensors|bin)$/.test(name);

const digests = (name: string, bytes: Uint8Array): object => ({
  blobId: blobOf(bytes),
  ...(isLarge(name) ? { lfs: { sha256: sha256Of(bytes), size: bytes.length } } : {}),
});

function manifestOf(files: Readonly<Record<string, Uint8Array>>): object {
  const layers = Object.entries(files).map(([name, bytes]) => ({
    mediaType: "application/octet-stream",
    digest: `sha256:${sha256Of(bytes)}`,
    size: bytes.length,
    annotations: { "org.opencontainers.image.title": name },
  }));
  return { schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", layers };
}

function sendFile(
  { headers }: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  fault: MirrorFault | undefined,
  count: number,
  onSilent: () => void,
): void {
  const etag = `"${sha256Of(bytes).slice(0, 12)}"`;
  const [, asked] = /^bytes=(\d+)-$/.exec(headers.range ?? "") ?? [];
  const isRange =
    asked !== undefined && fault !== "no ranges" && [undefined, etag].includes(headers["if-range"] as string);
  const from = isRange ? Number(asked) : 0;
  const body = Buffer.from(bytes.subarray(from));
  const range = isRange ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
  const head = { etag, "content-type": "application/octet-stream", ...range };
  const status = isRange ? 206 : 200;
  const half = body.subarray(0, Math.floor(body.length / 2));
  const cut = (): void => {
    response.writeHead(status, { ...head, "content-length": body.length });
    response.write(half, () => response.destroy());
  };
  switch (fault) {
    case "wrong digest":
      body[0] = (body[0] ?? 0) ^ 1;
      return void response.writeHead(status, head).end(body);
    case "cut":
      return cut();
    case "cut once":
      return count === 1 ? cut() : void response.writeHead(status, head).end(body);
    case "silent":
      response.writeHead(status, head);
      return void response.write(half, onSilent);
    case "too many bytes":
      return void response.writeHead(status, head).end(Buffer.concat([body, Buffer.from("more")]));
    case "endless": {
      response.writeHead(status, head);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) continue;
      };
      response.on("drain", more);
      return more();
    }
    case "html":
      return void response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>log in</html>");
    case "gzip":
      return void response.writeHead(status, { ...head, "content-encoding": "gzip" }).end(body);
    case "other length":
      return void response.writeHead(status, { ...head, "content-length": 3 }).end("abc");
    case "wrong range":
      return void response.writeHead(206, { ...head, "content-range": `bytes 1-2/${bytes.length}` }).end("ab");
    case "busy once":
      if (count === 1) return void response.writeHead(503, { "retry-after": "0" }).end();
      return void response.writeHead(status, head).end(body);
    case "broken":
      return void response.writeHead(500).end();
    case "401":
    case "404":
      return void response.writeHead(Number(fault)).end();
    case "no ranges":
    case undefined:
      return void response.writeHead(status, head).end(body);
  }
}
