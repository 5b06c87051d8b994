import type { IncomingMessage } from "node:http";

/** A request as a fake server received it. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<IncomingMessage["headers"]>;
  /** What it says: a JSON object, or the fields of a form, those that come more than once as lists. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The files of a form, by the names of their fields. */
  readonly files?: Readonly<Record<string, FakeFile>>;
}

/** A file that came with a form. */
export interface FakeFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly data: Uint8Array;
}

/** Reads a request to its end. */
export async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const type = incoming.headers["content-type"];
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    ...(type?.startsWith("multipart/form-data") ? await formOf(bytes, type) : { body: jsonOf(bytes, type) }),
  };
}

function jsonOf(bytes: Buffer, type: string | undefined): FakeRequest["body"] {
  const text = bytes.toString("utf8");
  return text !== "" && type === "application/json" ? (JSON.parse(text) as FakeRequest["body"]) : {};
}

async function formOf(bytes: Buffer, type: string): Promise<Pick<FakeRequest, "body" | "files">> {
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  const body: Record<string, unknown> = {};
  const files: Record<string, FakeFile> = {};
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    const [first] = values;
    if (first instanceof File) {
      const data = new Uint8Array(await first.arrayBuffer());
      files[name] = { fileName: first.name, mediaType: first.type, data };
    } else body[name] = values.length > 1 ? values : first;
  }
  return { body, files };
}
