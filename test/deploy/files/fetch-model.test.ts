import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { fetchModel, readModelLock, type FetchModelOptions, type ModelSource } from "../../../src/deploy.ts";
import { failureOf, freePort } from "../../support/loopback.ts";
import { modelMirror, sha256Of, type MirrorFault, type MirrorSettings } from "../../support/model-mirror.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const weights = Buffer.alloc(300_000, "the weights of a model");
const files = {
  "config.json": Buffer.from('{"model_type":"llama"}'),
  "model.safetensors": weights,
  "tokenizer.json": Buffer.from("{}"),
  "pytorch_model.bin": Buffer.from("a pickle"),
  "modeling.py": Buffer.from("import os"),
};

async function mirrored(settings: Partial<MirrorSettings> = {}) {
  const mirror = await modelMirror({ files, ...settings });
  const to = join(writtenFolder({}), "model");
  const source = { huggingFace: "Org/Model", endpoint: mirror.url };
  const fetch = (more: Partial<FetchModelOptions> = {}, from: ModelSource = source) =>
    fetchModel(from, { to, maxRetries: 1, ...more });
  return { mirror, to, source, fetch };
}

const namesIn = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted() : [];

describe("Hugging Face", () => {
  test.each(["siblings", "tree"] as const)(
    "safetensors with what goes with them, pinned to the commit (%s)",
    async (listing) => {
      const { mirror, to, source, fetch } = await mirrored({ listing });
      const model = await fetch();
      expect(model).toMatchObject({ path: to, revision: mirror.commit, source });
      expect(namesIn(to)).toEqual(["config.json", "inhouse-model.json", "model.safetensors", "tokenizer.json"]);
      expect(readFileSync(join(to, "model.safetensors")).equals(weights)).toBe(true);
      expect(model.files.find(({ path }) => path.endsWith("model.safetensors"))).toEqual({
        path: join(to, "model.safetensors"),
        sizeBytes: 300_000,
        sha256: sha256Of(weights),
      });
      const lock = await readModelLock(to);
      expect(lock?.models[0]).toMatchObject({ source, revision: mirror.commit, path: "." });
      expect(mirror.requests.some((line) => line.includes(`/resolve/${mirror.commit}/`))).toBe(true);
    },
  );

  test("a GGUF file by its quantization, with all its parts", async () => {
    const names = ["m-Q4_K_M-00001-of-00002.gguf", "m-Q4_K_M-00002-of-00002.gguf", "m-Q8_0.gguf", "README.md"];
    const gguf = Object.fromEntries(names.map((name) => [name, Buffer.from(name)]));
    const { to, fetch, source } = await mirrored({ files: gguf });
    const failure = await failureOf(fetch());
    expect([failure.code, failure.hint]).toEqual(["invalid-request", expect.stringContaining("m-Q8_0.gguf")]);
    const { path } = await fetch({}, { ...source, quantization: "q4_k_m" });
    expect(path).toBe(join(to, names[0] ?? ""));
    expect(namesIn(to)).toEqual(["inhouse-model.json", ...names.slice(0, 2)]);
    expect((await failureOf(fetch({}, { ...source, quantization: "Q5_K_M" }))).code).toBe("not-found");
  });

  test("never a pickle, asked for or not", async () => {
    const { fetch, source } = await mirrored();
    expect((await failureOf(fetch({}, { ...source, files: ["pytorch_model.bin"] }))).code).toBe("policy");
    const only = await mirrored({ files: { "pytorch_model.bin": weights } });
    expect(await failureOf(only.fetch())).toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("pickles"),
    });
  });

  test("what is there and right is not fetched again; what was changed is", async () => {
    const { mirror, to, fetch } = await mirrored();
    await fetch();
    writeFileSync(join(to, "tokenizer.json"), "[]");
    const before = mirror.requests.length;
    await fetch();
    expect(mirror.requests.slice(before).filter((line) => line.includes("/resolve/"))).toHaveLength(1);
    expect(readFileSync(join(to, "tokenizer.json"), "utf8")).toBe("{}");
  });

  test("a file that was not fetched here is not replaced", async () => {
    const { to, fetch } = await mirrored();
    mkdirSync(to);
    writeFileSync(join(to, "config.json"), "mine");
    expect((await failureOf(fetch())).code).toBe("invalid-request");
    expect(readFileSync(join(to, "config.json"), "utf8")).toBe("mine");
  });

  test("the key goes to the endpoint, and not to where it sends for the bytes", async () => {
    const store = await modelMirror({ files });
    const { mirror, fetch } = await mirrored({ redirect: store.url });
    await fetch({ apiKey: "secret-key" });
    expect(new Set(mirror.keys)).toEqual(new Set(["Bearer secret-key"]));
    expect(store.keys.length).toBeGreaterThan(0);
    expect(new Set(store.keys)).toEqual(new Set([undefined]));
  });

  test("a redirect to where nobody listens does not tell its signature", async () => {
    const { fetch } = await mirrored({ redirect: `http://127.0.0.1:${await freePort()}` });
    const failure = await failureOf(fetch({ maxRetries: 0 }));
    expect(failure.code).toBe("connect");
    expect(JSON.stringify(failure)).not.toContain("signature");
  });
});

describe("a bad mirror", () => {
  const rows: readonly (readonly [MirrorFault, string, left: boolean])[] = [
    ["wrong digest", "protocol", false],
    ["cut", "truncated", true],
    ["silent", "timeout", true],
    ["too many bytes", "protocol", false],
    ["endless", "protocol", false],
    ["html", "protocol", false],
    ["gzip", "protocol", false],
    ["other length", "protocol", false],
    ["broken", "server", false],
    ["401", "auth", false],
    ["404", "not-found", false],
  ];
  test.each(rows)("%s: %s", async (fault, code, left) => {
    const { mirror, to, fetch } = await mirrored({ faults: { "model.safetensors": fault } });
    const failure = await failureOf(fetch({ idleMs: 300, maxRetries: 1 }));
    expect(failure.code).toBe(code);
    const names = namesIn(to).filter((name) => name.startsWith("model.safetensors"));
    const part = names.filter((name) => name === "model.safetensors.part");
    expect(names).not.toContain("model.safetensors");
    expect(part.length > 0 && statSync(join(to, "model.safetensors.part")).size > 0).toBe(left);
    expect(namesIn(to)).not.toContain("inhouse-model.lock");
    const tries = mirror.requests.filter((line) => line.includes("/resolve/") && line.includes("model.safetensors"));
    expect(tries.length).toBe(["truncated", "timeout", "server"].includes(code) ? 2 : 1);
  });

  test.each(["cut once", "busy once", "no ranges"] as const)("%s: it comes in the end", async (fault) => {
    const { to, fetch } = await mirrored({ faults: { "model.safetensors": fault } });
    await fetch();
    expect(readFileSync(join(to, "model.safetensors")).equals(weights)).toBe(true);
    expect(namesIn(to).filter((name) => name.includes(".part"))).toEqual([]);
  });

  test("a redirect that never ends, one to another scheme, and one to nowhere", async () => {
    for (const location of ["/again", "ftp://elsewhere.example/x", "http://user:word@elsewhere.example/x", undefined]) {
      const { fetch } = await mirrored({
        instead: (_, response) => {
          response.writeHead(302, location === undefined ? {} : { location }).end();
          return true;
        },
      });
      expect((await failureOf(fetch())).code).toBe("redirect");
    }
  });

  test.each([
    ["a huge list", { "content-length": String(1_073_741_824) }, "limit"],
    ["a huge list of unknown length", {}, "limit"],
  ] as const)("%s", async (_what, headers, code) => {
    const { fetch } = await mirrored({
      instead(_, response) {
        response.writeHead(200, { "content-type": "application/json", ...headers });
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(1_048_576, " "))) continue;
        };
        response.on("drain", more);
        more();
        return true;
      },
    });
    expect((await failureOf(fetch())).code).toBe(code);
  });

  test.each([
    "../out.safetensors",
    "/etc/x.safetensors",
    "a/../../x.safetensors",
    "con.safetensors",
    "x\u0000.safetensors",
    "C:x.safetensors",
    "a\\b.safetensors",
  ])("the name %j does not leave the folder", async (name) => {
    const { to, fetch, source } = await mirrored({ files: { [name]: weights } });
    expect((await failureOf(fetch({}, { ...source, files: ["*"] }))).code).toBe("policy");
    expect(namesIn(to)).toEqual([]);
    expect(namesIn(join(to, ".."))).toEqual(["model"]);
  });

  test("a link out of the folder is not followed", async () => {
    const { to, fetch, source } = await mirrored({ files: { "sub/x.safetensors": weights } });
    const outside = writtenFolder({});
    mkdirSync(to);
    symlinkSync(outside, join(to, "sub"));
    expect((await failureOf(fetch({}, { ...source, files: ["*"] }))).code).toBe("policy");
    expect(namesIn(outside)).toEqual([]);
  });
});

describe("going on", () => {
  test("an aborted fetch goes on where it was", async () => {
    const { mirror, to, fetch } = await mirrored({ faults: { "model.safetensors": "silent" } });
    const controller = new AbortController();
    const first = fetch({ signal: controller.signal });
    await Promise.race([mirror.silent, first]);
    const part = join(to, "model.safetensors.part");
    await expect.poll(() => (existsSync(part) ? statSync(part).size : 0)).toBe(150_000);
    controller.abort();
    expect((await failureOf(first)).code).toBe("abort");
    expect(namesIn(to)).not.toContain("model.safetensors");
    mirror.settings = { files };
    await fetch();
    expect(mirror.requests.at(-1)).toMatch(/model\.safetensors bytes=150000-$/);
    expect(readFileSync(join(to, "model.safetensors")).equals(weights)).toBe(true);
    expect(namesIn(to).filter((name) => name.includes(".part"))).toEqual([]);
  });

  test("a part of other bytes is found out, and fetched anew", async () => {
    const { mirror, to, fetch } = await mirrored({ faults: { "model.safetensors": "cut" } });
    await failureOf(fetch({ maxRetries: 0 }));
    const part = join(to, "model.safetensors.part");
    writeFileSync(part, Buffer.alloc(statSync(part).size, "x"));
    mirror.settings = { files };
    await fetch();
    expect(readFileSync(join(to, "model.safetensors")).equals(weights)).toBe(true);
  });

  test("two fetches at a time write one after the other, and the files once", async () => {
    const { mirror, to, fetch } = await mirrored();
    const [one, other] = await Promise.all([fetch(), fetch()]);
    expect(one).toEqual(other);
    expect(mirror.requests.filter((line) => line.includes("model.safetensors"))).toHaveLength(1);
    expect((await readModelLock(to))?.models).toHaveLength(1);
  });

  test("a full disk is a limit, and what came is kept", async () => {
    const { to, fetch } = await mirrored();
    mkdirSync(to);
    symlinkSync("/dev/full", join(to, "model.safetensors.part"));
    const failure = await failureOf(fetch());
    expect([failure.code, failure.message]).toEqual(["limit", expect.stringContaining("full")]);
  });

  test("a model larger than the disk is refused beforehand, with both numbers", async () => {
    const size = 2 ** 50;
    const { mirror, fetch } = await mirrored({
      instead(request, response) {
        if (!request.url?.includes("/revision/")) return false;
        const sha256 = "ab".repeat(32);
        const siblings = [{ rfilename: "model.safetensors", size, lfs: { sha256, size } }];
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ sha: "5a1b".repeat(10), siblings }));
        return true;
      },
    });
    const failure = await failureOf(fetch());
    expect(failure.code).toBe("limit");
    expect(failure.message).toMatch(new RegExp(`${size} bytes.*room for .* \\(\\d+ bytes\\)`));
    expect(mirror.requests).toHaveLength(1);
  });
});

describe("offline", () => {
  test("what was fetched is taken, without any connection", async () => {
    const { mirror, fetch, source } = await mirrored();
    const online = await fetch();
    const before = mirror.requests.length;
    expect(await fetch({ offline: true })).toEqual(online);
    expect(await fetch({ offline: true }, { ...source, revision: mirror.commit })).toEqual(online);
    expect(mirror.requests).toHaveLength(before);
  });

  test("what is missing is said", async () => {
    const { to, fetch, source } = await mirrored();
    expect((await failureOf(fetch({ offline: true }))).code).toBe("not-found");
    await fetch();
    writeFileSync(join(to, "config.json"), "{}");
    const failure = await failureOf(fetch({ offline: true }));
    expect(failure.code).toBe("not-found");
    expect(failure.message).toContain("config.json has 2 bytes");
    expect((await failureOf(fetch({ offline: true }, { ...source, revision: "other" }))).code).toBe("not-found");
  });
});

describe("a folder", () => {
  const folder = () => writtenFolder({ "config.json": "{}", "model.safetensors": weights, "x.bin": "pickle" });

  test.each(["copy", "link"] as const)("%s", async (how) => {
    const from = folder();
    const { to, fetch } = await mirrored();
    const { path } = await fetch({}, { folder: from, how });
    expect(path).toBe(to);
    expect(namesIn(to)).toEqual(["config.json", "inhouse-model.json", "model.safetensors"]);
    const { ino } = statSync(join(from, "model.safetensors"));
    expect(statSync(join(to, "model.safetensors")).ino === ino).toBe(how === "link");
    expect(await fetch({}, { folder: from, how })).toMatchObject({ path });
  });

  test("in place, only the digests are taken", async () => {
    const from = folder();
    const { files: pinned } = await fetchModel({ folder: from, how: "in-place" });
    expect(pinned.map(({ path }) => path)).toEqual([join(from, "config.json"), join(from, "model.safetensors")]);
    writeFileSync(join(from, "config.json"), "[]");
    expect((await failureOf(fetchModel({ folder: from, how: "in-place" }))).code).toBe("protocol");
    expect(readFileSync(join(from, "config.json"), "utf8")).toBe("[]");
  });

  test("a folder that was fetched is carried elsewhere with its digests and its origin", async () => {
    const { to, mirror, source, fetch } = await mirrored();
    await fetch();
    const elsewhere = writtenFolder({});
    expect(await fetchModel({ folder: to }, { to: elsewhere })).toMatchObject({ source, revision: mirror.commit });
    expect(await fetchModel(source, { to: elsewhere, offline: true })).toMatchObject({ path: elsewhere });
    writeFileSync(join(to, "model.safetensors"), Buffer.alloc(300_000));
    const failure = await failureOf(fetchModel({ folder: to }, { to: writtenFolder({}) }));
    expect(failure.code).toBe("protocol");
  });
});

test.each([
  [{ oci: "host/x", ollama: "x" }, {}, /expected one of/],
  [{ huggingFace: "a/b", endpoint: "x", revison: "main" }, { to: "/tmp/x" }, /revison/],
  [{ huggingFace: "a/../b", endpoint: "http://127.0.0.1:1" }, { to: "/tmp/x" }, /not the name of a repository/],
  [{ huggingFace: "a/b", endpoint: "http://key@127.0.0.1:1" }, { to: "/tmp/x" }, /key/],
  [{ folder: "/tmp/x", how: "move" }, { to: "/tmp/x" }, /how: expected copy/],
  [{ folder: "/tmp/x" }, {}, /`to` names no folder/],
  [{ oci: "no-host" }, { to: "/tmp/x" }, /not the name of an artifact/],
  [{ ollama: "a/b/c", registry: "http://127.0.0.1:1" }, { to: "/tmp/x" }, /not the name of a model/],
  [{ folder: "/tmp/x" }, { to: "/tmp/y", parallel: 0 }, /parallel/],
])("%j is refused", async (source, options, message) => {
  const to = "to" in options ? { to: join(writtenFolder({}), "x") } : {};
  const failure = await failureOf(fetchModel(source as unknown as ModelSource, { ...options, ...to }));
  expect(failure.code).toBe("invalid-request");
  expect(failure.message).toMatch(message);
});
