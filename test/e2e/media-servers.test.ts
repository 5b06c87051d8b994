import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, test as always } from "vitest";

import { cacheFolder } from "../../scripts/servers/cache.ts";
import { startLlamaServer, Unavailable, type RunningServer } from "../../scripts/servers/index.ts";
import { prepareProjector } from "../../scripts/servers/made-models.ts";
import { createClient, type Client, type MediaPartInput } from "../../src/index.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { failureOf } from "../support/loopback.ts";

/** A llama-server whose model sees, with random weights: tokens and errors are real, answers mean nothing. */
async function startSeeing(): Promise<RunningServer | undefined> {
  try {
    const projector = await prepareProjector({ cache: cacheFolder(), onProgress: console.error, signal: undefined });
    return await startLlamaServer({
      extra: { binary: ["--mmproj", projector], xllamacpp: { mmproj: { path: projector } } },
    });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.error(`not tried: ${error.missing}`);
    return undefined;
  }
}

const server = await startSeeing();
const test = server ? always : always.skip;
const folder = await mkdtemp(join(tmpdir(), "inhouse-media-"));
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true });
});

const connect = (): Client =>
  createClient({ provider: llamacpp({ baseURL: server?.url ?? "http://127.0.0.1:1" }), media: { paths: [folder] } });

/** 8 by 8 black pixels. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAADElEQVR42mNgGB4AAADIAAGTvaWOAAAAAElFTkSuQmCC",
  "base64",
);

/** Tokens of a prompt with these parts. */
async function tokensWith(client: Client, ...parts: readonly MediaPartInput[]): Promise<number> {
  const content = [{ type: "text", text: "What is this?" } as const, ...parts];
  const { usage } = await client.chat({ messages: [{ role: "user", content }], maxTokens: 4, ignoreEos: true });
  return usage?.inputTokens ?? 0;
}

describe("llama-server", () => {
  test("sees pictures from bytes, a Blob and a path alike, and says that it does", async () => {
    await using client = connect();
    expect((await client.capabilities()).model.capabilities.image).toMatchObject({ supported: "yes" });
    const path = join(folder, "black.png");
    await writeFile(path, png);
    const blind = await tokensWith(client);
    const tokens: number[] = [];
    for (const source of [{ data: png }, { data: new Blob([png]) }, { path }]) {
      tokens.push(await tokensWith(client, { type: "image", ...source }));
    }
    expect(tokens[0]).toBeGreaterThan(blind + 8);
    expect(new Set(tokens).size).toBe(1);
  });

  test("is not sent what it cannot hear", async () => {
    await using client = connect();
    const sound = Buffer.from("RIFF\x10\0\0\0WAVEfmt ", "latin1");
    const error = await failureOf(tokensWith(client, { type: "audio", data: sound }));
    expect(error).toMatchObject({ code: "unsupported", message: expect.stringContaining("modalities.audio") });
  });

  const path = join(folder, "film.mp4");
  const lavfi = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=4:duration=2"];
  const made = spawnSync("ffmpeg", ["-nostdin", "-loglevel", "error", ...lavfi, "-pix_fmt", "yuv420p", path]);
  const testFilm = made.status === 0 ? test : always.skip;

  testFilm("takes a film whole: it costs several pictures", async () => {
    await using client = connect();
    const film = { type: "video", path } as const;
    const messages = [{ role: "user", content: [film] }] as const;
    expect((await client.previewMedia({ messages })).parts).toMatchObject([
      { kind: "video", mediaType: "video/mp4", width: 64 },
    ]);
    expect(await tokensWith(client, film)).toBeGreaterThan(
      (3 * (await tokensWith(client, { type: "image", data: png }))) / 2,
    );
  });
});
