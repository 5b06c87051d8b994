import { describe, expect, test } from "vitest";

import { createEndpoint, send } from "../../src/http/endpoint.ts";
import { multipart, type Form } from "../../src/http/multipart.ts";
import { createTransport } from "../../src/http/undici-transport.ts";
import { loopback, textOf } from "../support/loopback.ts";
import { reply } from "../support/wire.ts";

const form: Form = {
  fields: [
    ["model", "whisper"],
    ["granularity[]", "word"],
    ["granularity[]", "segment"],
    ["prompt", "Grüße\r\nan alle"],
  ],
  files: [{ name: "file", fileName: 'a "b"\r\n.wav', mediaType: "audio/wav", data: new Uint8Array([0, 13, 10, 255]) }],
};

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("a form", () => {
  test("is read as what it was by whoever knows forms, and is as long as it says", async () => {
    const { headers, body } = multipart(form);
    const bytes = await bytesOf(body);
    expect(headers["content-length"]).toBe(String(bytes.length));
    const read = await new Response(bytes, { headers }).formData();
    expect([read.get("model"), read.getAll("granularity[]"), read.get("prompt")]).toEqual([
      "whisper",
      ["word", "segment"],
      "Grüße\r\nan alle",
    ]);
    const file = read.get("file") as File;
    expect([file.type, [...new Uint8Array(await file.arrayBuffer())]]).toEqual(["audio/wav", [0, 13, 10, 255]]);
    expect(bytes.toString()).toContain('filename="a %22b%22%0D%0A.wav"');
  });

  test("is the same when it is iterated again, and shares the file's memory", async () => {
    const data = new Uint8Array(600_000).fill(7);
    const { body } = multipart({ fields: [], files: [{ name: "f", fileName: "f", mediaType: "a/b", data }] });
    expect(await bytesOf(body)).toEqual(await bytesOf(body));
    const shared: Uint8Array[] = [];
    for await (const chunk of body) if (chunk.buffer === data.buffer) shared.push(chunk);
    expect(shared.reduce((sum, { length }) => sum + length, 0)).toBe(600_000);
  });

  test("has a boundary that no file contains", async () => {
    const boundaries = ["taken", "free"];
    const data = Buffer.from("…--taken…");
    const { headers } = multipart(
      { fields: [], files: [{ name: "f", fileName: "f", mediaType: "a/b", data }] },
      () => boundaries.shift() ?? "none",
    );
    expect(headers["content-type"]).toBe("multipart/form-data; boundary=free");
  });
});

test("a form arrives with its length, and again over a new connection where the old one had grown stale", async () => {
  let first = true;
  const server = await loopback(({ socket }) => {
    socket.write(reply("{}"));
    if (first) socket.end();
    first = false;
  });
  const transport = createTransport();
  const endpoint = createEndpoint(
    "test",
    { baseURL: server.origin, transport },
    {
      baseURL: server.origin,
      prefix: (prefix) => prefix,
      classify: () => undefined,
    },
  );
  for (let call = 0; call < 2; call += 1) await textOf(await send(endpoint, { method: "POST", path: "/x", form }));
  await transport.close();
  for (const { head, body } of server.requests) {
    expect(head).toMatch(/\r\ncontent-type: multipart\/form-data; boundary=inhouse-\w+\r\n/);
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(body).toContain("whisper");
  }
  expect(server.requests.length).toBeGreaterThanOrEqual(2);
});
