import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { fetchModel, type FetchModelOptions, type ModelSource } from "../../../src/deploy.ts";
import { failureOf } from "../../support/loopback.ts";
import { modelMirror, sha256Of, type MirrorSettings } from "../../support/model-mirror.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const gguf = Buffer.alloc(200_000, "the weights of a model");
const licence = Buffer.from("do as you like");
const files = { "model.gguf": gguf, LICENSE: licence };

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Answers a path by its own manifest, or what else it is given. */
const manifested =
  (manifest: object | string, headers: Readonly<Record<string, string>> = {}): Answer =>
  (request, response) => {
    if (!request.url?.includes("/manifests/")) return false;
    response.writeHead(200, { "content-type": "application/json", ...headers });
    response.end(typeof manifest === "string" ? manifest : JSON.stringify(manifest));
    return true;
  };

const layer = (mediaType: string, bytes: Uint8Array, annotations: object = {}) => ({
  mediaType,
  digest: `sha256:${sha256Of(bytes)}`,
  size: bytes.length,
  annotations,
});

async function registry(settings: Partial<MirrorSettings> = {}) {
  const mirror = await modelMirror({ files, ...settings });
  const to = join(writtenFolder({}), "model");
  const oci = { oci: `${mirror.host}/team/model:1`, insecure: true };
  const fetch = (from: ModelSource = oci, more: Partial<FetchModelOptions> = {}) =>
    fetchModel(from, { to, maxRetries: 0, ...more });
  return { mirror, to, oci, fetch, ollama: { ollama: "team/model:1", registry: mirror.url } };
}

const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).toSorted() : []);

describe("an OCI artifact", () => {
  test("gives the files that its layers are titled with, and the digest of its manifest as revision", async () => {
    const { to, fetch } = await registry();
    const model = await fetch();
    expect(model.revision).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(model.path).toBe(join(to, "model.gguf"));
    expect(readFileSync(model.path).equals(gguf)).toBe(true);
    expect(namesIn(to)).toEqual(["LICENSE", "inhouse-model.json", "model.gguf"]);
  });

  test("is fetched by its digest, offline too", async () => {
    const { mirror, oci, fetch } = await registry();
    const { revision = "" } = await fetch();
    const exact = { ...oci, oci: `${mirror.host}/team/model@${revision}` };
    expect((await fetch(exact, { offline: true })).revision).toBe(revision);
    expect((await fetch(exact)).revision).toBe(revision);
    const other = { ...oci, oci: `${mirror.host}/team/model@sha256:${"ab".repeat(32)}` };
    expect((await failureOf(fetch(other))).code).toBe("protocol");
  });

  test("of ModelPack's and of Docker's kind", async () => {
    const pack = await registry({
      instead: manifested({
        layers: [
          layer("application/vnd.cncf.model.weight.v1.raw", gguf, { "org.cncf.model.filepath": "weights/model.gguf" }),
        ],
      }),
    });
    expect((await pack.fetch()).path).toBe(join(pack.to, "weights/model.gguf"));
    const docker = await registry({
      instead: manifested({
        layers: [layer("application/vnd.docker.ai.gguf.v3", gguf), layer("application/vnd.docker.ai.license", licence)],
      }),
    });
    expect((await docker.fetch()).path).toBe(join(docker.to, "model.gguf"));
  });

  const title = (name: string) => ({ "org.opencontainers.image.title": name });
  const tar = "application/vnd.oci.image.layer.v1.tar+gzip";
  test.each([
    ["packed layers", { layers: [layer(tar, gguf, title("model.gguf"))] }, "unsupported"],
    ["layers without names", { layers: [layer("application/x", gguf)] }, "unsupported"],
    ["an index of several", { manifests: [{ digest: "sha256:a" }, { digest: "sha256:b" }] }, "unsupported"],
    ["a name that leaves the folder", { layers: [layer("x", gguf, title("../model.gguf"))] }, "policy"],
    [
      "two names that are one on some disks",
      { layers: [layer("x", gguf, title("a.gguf")), layer("x", licence, title("A.gguf"))] },
      "policy",
    ],
    ["a layer without a digest", { layers: [{ mediaType: "x", size: 3, annotations: title("a") }] }, "protocol"],
    ["a digest of another kind", { layers: [{ digest: "md5:abc", size: 3, annotations: title("a") }] }, "protocol"],
    ["no JSON", "hello", "protocol"],
    ["a pickle alone", { layers: [layer("x", gguf, title("model.bin"))] }, "unsupported"],
  ])("%s: %s", async (_, manifest, code) => {
    const { to, fetch } = await registry({ instead: manifested(manifest) });
    expect((await failureOf(fetch())).code).toBe(code);
    expect(namesIn(to)).toEqual([]);
  });

  test("a manifest of a gigabyte is not read", async () => {
    const { fetch } = await registry({
      instead(_, response) {
        response.writeHead(200, { "content-type": "application/json", "content-length": 2 ** 30 });
        response.write("{");
        return true;
      },
    });
    expect((await failureOf(fetch())).code).toBe("limit");
  });

  test("a manifest that is not what the registry says of it", async () => {
    const { fetch } = await registry({
      instead: manifested({ layers: [] }, { "docker-content-digest": `sha256:${"ab".repeat(32)}` }),
    });
    expect((await failureOf(fetch())).code).toBe("protocol");
  });
});

describe("a registry that asks for a token", () => {
  const tokenOf = (authorization: string | undefined): string =>
    createHash("sha256")
      .update(authorization ?? "anonymous")
      .digest("hex");
  const asking: Answer = (request, response) => {
    const { authorization, host = "" } = request.headers;
    if (request.url?.startsWith("/token")) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ token: tokenOf(authorization) }));
      return true;
    }
    const basic = `Basic ${Buffer.from("anna:pass-word").toString("base64")}`;
    if (authorization === `Bearer ${tokenOf(basic)}`) return false;
    const challenge = `Bearer realm="http://${host}/token",service="models",scope="repository:team/model:pull"`;
    response.writeHead(401, { "www-authenticate": challenge }).end();
    return true;
  };

  test("gets one by name and password, once, and sends it with each request", async () => {
    const { mirror, fetch, oci } = await registry({ instead: asking });
    const { files: fetched } = await fetch(oci, { credentials: { username: "anna", password: "pass-word" } });
    expect(fetched).toHaveLength(2);
    expect(mirror.requests.filter((line) => line.startsWith("GET /token"))).toHaveLength(1);
  });

  test("without the right ones it is an auth error, without the password in it", async () => {
    const { fetch, oci } = await registry({ instead: asking });
    expect((await failureOf(fetch())).code).toBe("auth");
    const failure = await failureOf(fetch(oci, { credentials: { username: "anna", password: "wrong-word" } }));
    expect(failure.code).toBe("auth");
    expect(JSON.stringify(failure)).not.toContain("wrong-word");
  });
});

describe("an Ollama registry", () => {
  const kind = (name: string): string => `application/vnd.ollama.image.${name}`;
  const manifest = {
    config: layer("application/vnd.docker.container.image.v1+json", Buffer.from("{}")),
    layers: [layer(kind("model"), gguf), layer(kind("license"), licence), layer(kind("license"), Buffer.from("too"))],
  };
  const all = { a: gguf, b: licence, c: Buffer.from("too"), d: Buffer.from("{}") };

  test("gives a GGUF file and texts, named after the model", async () => {
    const { to, fetch, ollama } = await registry({ files: all, instead: manifested(manifest) });
    expect((await fetch(ollama)).path).toBe(join(to, "model-1.gguf"));
    expect(namesIn(to)).toEqual(["inhouse-model.json", "model-1.2.license", "model-1.gguf", "model-1.license"]);
  });

  test("gives a store, in which several models may lie", async () => {
    const { mirror, to, fetch, ollama } = await registry({ files: all, instead: manifested(manifest) });
    const model = await fetch({ ...ollama, layout: "store" });
    expect(model.path).toBe(join(to, "blobs", `sha256-${sha256Of(gguf)}`));
    const written = readFileSync(join(to, "manifests", mirror.host, "team/model/1"), "utf8");
    expect(JSON.parse(written)).toEqual(manifest);
    await fetch({ ollama: "team/second", registry: mirror.url, layout: "store" });
    expect(await fetch({ ...ollama, layout: "store" }, { offline: true })).toEqual(model);
    expect(mirror.requests.filter((line) => line.includes(sha256Of(gguf)))).toHaveLength(1);
  });

  test("of a model without a GGUF file only a store is made", async () => {
    const tensors = { ...manifest, layers: [layer(kind("tensor"), gguf)] };
    const { fetch, ollama } = await registry({ files: all, instead: manifested(tensors) });
    expect((await failureOf(fetch(ollama))).code).toBe("unsupported");
    expect((await fetch({ ...ollama, layout: "store" })).files).toHaveLength(3);
  });
});
