import { describe, expect, onTestFinished, test } from "vitest";

import type { ByteSource } from "../../../src/deploy/shape/byte-source.ts";
import { httpSource } from "../../../src/deploy/shape/http-source.ts";
import { createTransport } from "../../../src/http/undici-transport.ts";
import { failureOf, loopback, type Arrived } from "../../support/loopback.ts";

const content = Buffer.from(Array.from({ length: 300_000 }, (_, place) => place % 251));

const rangeOf = ({ head }: Arrived): readonly [first: number, last: number] => {
  const [, first, last] = /\r\nrange: bytes=(\d+)-(\d+)/i.exec(head) ?? [];
  return [Number(first), Number(last)];
};

function reply(arrived: Arrived, status: string, headers: readonly string[], body: Uint8Array): void {
  const all = [`HTTP/1.1 ${status}`, `content-length: ${body.length}`, ...headers];
  arrived.socket.write(`${all.join("\r\n")}\r\n\r\n`);
  arrived.socket.write(body);
}

/** Answers a range as it should be. */
function partial(arrived: Arrived, file: Buffer, more: readonly string[] = []): void {
  const [first, last] = rangeOf(arrived);
  const end = Math.min(last, file.length - 1);
  const range = `content-range: bytes ${first}-${end}/${file.length}`;
  reply(arrived, "206 Partial Content", [range, ...more], file.subarray(first, end + 1));
}

async function sourceOf(answer: (arrived: Arrived) => unknown) {
  const server = await loopback(answer);
  const transport = createTransport();
  onTestFinished(() => transport.close());
  return { server, source: () => httpSource(`${server.origin}/model.gguf?part=1`, { transport }) };
}

const readAll = (source: ByteSource) => source.read(0, 1_000_000);

describe("a file behind an address", () => {
  test("is read by ranges, and no more than was asked for", async () => {
    const { server, source } = await sourceOf((arrived) => partial(arrived, content, ['etag: "a"']));
    const file = await source();
    expect(file.sizeBytes).toBe(300_000);
    expect(Buffer.from(await file.read(200_000, 500))).toEqual(content.subarray(200_000, 200_500));
    expect(Buffer.from(await file.read(299_990, 500))).toEqual(content.subarray(299_990));
    expect(await file.read(400_000, 10)).toHaveLength(0);
    expect(server.requests.map(rangeOf)).toEqual([
      [0, 65_535],
      [200_000, 200_499],
      [299_990, 299_999],
    ]);
    expect(server.requests[1]?.head).toContain("GET /model.gguf?part=1 ");
  });

  test("its beginning is asked for once", async () => {
    const { server, source } = await sourceOf((arrived) => partial(arrived, content));
    const file = await source();
    await file.read(0, 100);
    await file.read(60_000, 100);
    expect(server.requests).toHaveLength(1);
  });

  test("of a server that knows no ranges is taken whole where it is small", async () => {
    const { server, source } = await sourceOf((arrived) => reply(arrived, "200 OK", [], content));
    expect(Buffer.from(await readAll(await source()))).toEqual(content);
    expect(server.requests).toHaveLength(1);
  });

  test("of a server that knows no ranges is refused before it is read where it is large", async () => {
    const { server, source } = await sourceOf(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 8000000000\r\n\r\n");
    });
    const error = await failureOf(source());
    expect(error).toMatchObject({ code: "unsupported" });
    expect(error.message).toContain("ignores ranges");
    await server.allClosed();
  });

  test("that never ends is refused at the bound", async () => {
    const piece = Buffer.alloc(1_048_576);
    const { source } = await sourceOf(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on("drain", more);
      more();
    });
    expect((await failureOf(source())).code).toBe("unsupported");
  });

  test("that changes between two ranges is noticed", async () => {
    const { source } = await sourceOf((arrived) => partial(arrived, content, [`etag: "${arrived.number}"`]));
    const file = await source();
    expect((await failureOf(file.read(200_000, 10))).code).toBe("protocol");
  });

  test.each([
    ["401 Unauthorized", "auth"],
    ["403 Forbidden", "forbidden"],
    ["404 Not Found", "not-found"],
    ["302 Found", "redirect"],
    ["503 Service Unavailable", "server"],
    ["206 Partial Content", "protocol"],
  ])("%s is %s", async (status, code) => {
    const { source } = await sourceOf((arrived) => reply(arrived, status, [], Buffer.from("no")));
    expect((await failureOf(source())).code).toBe(code);
  });

  test("that is empty is empty", async () => {
    const { source } = await sourceOf((arrived) => reply(arrived, "416 Range Not Satisfiable", [], Buffer.from("")));
    expect((await source()).sizeBytes).toBe(0);
  });

  test("cut within a range is an error", async () => {
    const { source } = await sourceOf(({ socket }) => {
      socket.end("HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 0-65535/300000\r\n\r\nabc");
    });
    expect((await failureOf(source())).code).toBe("truncated");
  });
});
