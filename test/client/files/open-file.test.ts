import { execFileSync } from "node:child_process";
import { openAsBlob } from "node:fs";
import { mkdir, mkdtemp, realpath, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { openFile } from "../../../src/client/files/open-file.ts";
import { createTransport } from "../../../src/http/undici-transport.ts";
import { failureOf, loopback } from "../../support/loopback.ts";
import { reply } from "../../support/wire.ts";

/** A folder with `in/a.txt`, where files may be read, and `out/b.txt`, where they may not. */
async function folders() {
  const root = await realpath(await mkdtemp(join(tmpdir(), "inhouse-open-")));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [inside, outside] = [join(root, "in"), join(root, "out")];
  await mkdir(inside);
  await mkdir(outside);
  await writeFile(join(inside, "a.txt"), "allowed");
  await writeFile(join(outside, "b.txt"), "forbidden");
  const media = { paths: [inside] };
  return { inside, outside, open: (path: string) => openFile({ path }, { media }) };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

describe("a path", () => {
  test("in an allowed folder is read; its name is the file's", async () => {
    const { inside, open } = await folders();
    const file = await open(join(inside, "a.txt"));
    expect([file.name, file.sizeBytes, file.path]).toEqual(["a.txt", 7, join(inside, "a.txt")]);
    expect([text(await file.head()), text(await file.bytes())]).toEqual(["allowed", "allowed"]);
    expect(await file.bytes()).toBe(await file.bytes());
  });

  test("that was opened already may be handed on, and one of a parsed text may not", async () => {
    const { inside, open } = await folders();
    const file = await open(join(inside, "a.txt"));
    expect(text(await (await openFile(file)).head())).toBe("allowed");
    const parsed = JSON.parse(JSON.stringify({ ...file, bytes: "allowed" })) as { path: string };
    expect((await failureOf(openFile(parsed))).code).toBe("policy");
  });

  test("is refused without a permission, and outside of the folders, however it leads there", async () => {
    const { inside, outside, open } = await folders();
    await symlink(join(outside, "b.txt"), join(inside, "link.txt"));
    await symlink(outside, join(inside, "folder"));
    for (const path of ["link.txt", "folder/b.txt", "../out/b.txt"]) {
      expect((await failureOf(open(join(inside, path)))).code, path).toBe("policy");
    }
    expect((await failureOf(open(inside))).code).toBe("policy"); // the folder itself
    const error = await failureOf(openFile({ path: join(inside, "a.txt") }));
    expect(error).toMatchObject({ code: "policy", hint: expect.stringContaining("media: { paths") });
    expect(`${error.message} ${error.hint}`).not.toContain(inside);
  });

  test("with a link that stays inside is read", async () => {
    const { inside, open } = await folders();
    await symlink(join(inside, "a.txt"), join(inside, "again.txt"));
    expect(text(await (await open(join(inside, "again.txt"))).bytes())).toBe("allowed");
  });

  test("a folder whose name only begins like the allowed one is another", async () => {
    const { inside, open } = await folders();
    await mkdir(`${inside}-too`);
    await writeFile(join(`${inside}-too`, "c.txt"), "c");
    expect((await failureOf(open(join(`${inside}-too`, "c.txt")))).code).toBe("policy");
  });

  test("that leads to a pipe, a device, a folder or nothing is refused at once", async () => {
    const { inside } = await folders();
    const pipe = join(inside, "pipe");
    execFileSync("mkfifo", [pipe]); // opening it would wait for a writer
    await mkdir(join(inside, "sub"));
    for (const path of [pipe, "/dev/zero", join(inside, "sub"), join(inside, "nothing")]) {
      expect((await failureOf(openFile({ path }, { media: { paths: true } }))).code, path).toBe("invalid-request");
    }
  });

  test("whose file is changed or replaced between its head and the rest is refused", async () => {
    const { inside, open } = await folders();
    const path = join(inside, "a.txt");
    const cut = await open(path);
    await truncate(path, 3);
    expect((await failureOf(cut.bytes())).message).toContain("changed");
    const other = await open(path);
    await writeFile(join(inside, "new.txt"), "new");
    await rename(join(inside, "new.txt"), path);
    expect((await failureOf(other.bytes())).message).toContain("changed");
  });

  test("of a file that is too large is refused before it is read, in memory at 64 MiB", async () => {
    const { inside, open } = await folders();
    const path = join(inside, "large");
    await writeFile(path, "");
    await truncate(path, 64 * 1024 * 1024 + 1); // a file with a hole
    const film = await open(path); // a program may read it
    expect((await failureOf(film.bytes())).code).toBe("limit");
    await truncate(path, 512 * 1024 * 1024 + 1);
    expect((await failureOf(open(path))).code).toBe("limit");
    const small = { media: { paths: [inside], maxFileBytes: 3 } };
    expect((await failureOf(openFile({ path: join(inside, "a.txt") }, small))).code).toBe("limit");
  });
});

describe("bytes", () => {
  const bytes = Buffer.from("a".repeat(10_000));
  test.each<[string, Uint8Array | ArrayBuffer | Blob]>([
    ["a Uint8Array", bytes],
    ["an ArrayBuffer", Uint8Array.from(bytes).buffer],
    ["a Blob", new Blob([bytes])],
  ])("of %s: the head first, then all", async (_, source) => {
    const file = await openFile(source, { name: "a" });
    expect([file.name, file.sizeBytes]).toEqual(["a", 10_000]);
    expect((await file.head()).length).toBe(4_096);
    expect(Buffer.from(await file.bytes()).equals(bytes)).toBe(true);
    expect((await failureOf(openFile(source, { media: { maxFileBytes: 9_999 } }))).code).toBe("limit");
  });

  test("of a Blob of a file on the disk", async () => {
    const { inside } = await folders();
    const file = await openFile(await openAsBlob(join(inside, "a.txt")));
    expect(text(await file.bytes())).toBe("allowed");
  });
});

describe("a stream", () => {
  /** A stream of these pieces, and whether it was let go of. */
  function streamOf(...pieces: readonly unknown[]) {
    let left = false;
    async function* stream() {
      try {
        for (const piece of pieces) yield piece as Uint8Array;
      } finally {
        left = true;
      }
    }
    return { source: stream(), left: () => left };
  }

  test("is read once, its head first, and kept", async () => {
    const { source } = streamOf(Buffer.alloc(3_000, "a"), Buffer.alloc(3_000, "b"), Buffer.from("c"));
    const file = await openFile(source);
    expect(text(await file.head())).toBe("a".repeat(3_000) + "b".repeat(1_096));
    const all = await file.bytes();
    expect(text(all)).toBe(`${"a".repeat(3_000)}${"b".repeat(3_000)}c`);
    expect(await file.bytes()).toBe(all);
  });

  test("without end is cut at the limit, and let go of", async () => {
    let pieces = 0;
    let left = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(++pieces && 1_000);
      } finally {
        left = true;
      }
    }
    const file = await openFile(endless(), { media: { maxFileBytes: 100_000 } });
    expect((await failureOf(file.bytes())).code).toBe("limit");
    expect([pieces, left]).toEqual([101, true]);
  });

  test("that gives no bytes is refused, and so is one that fails with what it failed with", async () => {
    const { source, left } = streamOf("text");
    expect((await failureOf((await openFile(source)).head())).code).toBe("invalid-request");
    expect(left()).toBe(true);
  });

  test("that is not going to be read is let go of", async () => {
    const { source, left } = streamOf(Buffer.alloc(5_000), Buffer.alloc(5_000));
    const file = await openFile(source);
    await file.head();
    await file.discard?.();
    expect(left()).toBe(true);
  });

  test("that is silent does not outlive the call", async () => {
    const controller = new AbortController();
    const silent: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    const head = (await openFile(silent, { signal: controller.signal })).head();
    controller.abort(new Error("enough"));
    await expect(head).rejects.toThrow("enough");
  });
});

describe("a URL", () => {
  async function serverOf(answer: string) {
    const server = await loopback(({ socket }) => socket.end(answer));
    const transport = createTransport();
    onTestFinished(() => transport.close());
    const open = (url: string, media: object = { urls: [server.origin] }) => openFile({ url }, { media, transport });
    return { server, open };
  }
  const photo = reply("the bytes", 200, { "content-type": "application/octet-stream" });

  test("of an allowed origin is fetched, without any key, and named after its path", async () => {
    const { server, open } = await serverOf(photo);
    const file = await open(`${server.origin}/a/b.png?c=1`);
    expect(text(await file.head())).toBe("the bytes");
    expect(text(await file.bytes())).toBe("the bytes");
    expect([file.name, file.sizeBytes]).toEqual(["b.png", 9]);
    const head = server.requests[0]?.head ?? "";
    expect(head).toMatch(/^GET \/a\/b\.png\?c=1 /);
    expect(head.toLowerCase()).not.toMatch(/authorization|cookie/);
  });

  test("of another origin or scheme, or with a password, is not", async () => {
    const { server, open } = await serverOf(photo);
    const port = new URL(server.origin).port;
    const urls = [
      `http://localhost:${port}/`,
      "file:///etc/passwd",
      "ftp://127.0.0.1/",
      "x.png",
      `http://a:b@127.0.0.1:${port}/`,
    ];
    for (const url of urls) expect((await failureOf(open(url))).code, url).toBe("policy");
    expect((await failureOf(open(server.origin, {}))).code).toBe("policy");
    expect(server.connections()).toBe(0);
  });

  test.each([
    [reply("", 302, { location: "http://169.254.169.254/" }), "redirect"],
    [reply("", 404), "not-found"],
    [reply("", 403), "forbidden"],
    [reply("", 500), "server"],
    [reply("zipped", 200, { "content-encoding": "gzip" }), "protocol"],
    [reply("short", 200, { "content-length": "1000" }), "truncated"],
  ] as const)("that is answered with %j fails", async (answer, code) => {
    const { server, open } = await serverOf(answer);
    const error = await failureOf(open(`${server.origin}/`).then((file) => file.bytes()));
    expect([code, "reset"]).toContain(error.code);
  });

  test("of a file that is too large is refused by what it says, and by what comes", async () => {
    const large = reply("", 200, { "content-length": "1000000000000" });
    const { server, open } = await serverOf(large);
    expect((await failureOf(open(`${server.origin}/`))).code).toBe("limit");
    const silent = await serverOf(`HTTP/1.1 200 OK\r\n\r\n${"a".repeat(5_000)}`);
    const media = { urls: true, maxFileBytes: 4_999 };
    const file = await silent.open(`${silent.server.origin}/`, media);
    expect((await failureOf(file.bytes())).code).toBe("limit");
  });
});
