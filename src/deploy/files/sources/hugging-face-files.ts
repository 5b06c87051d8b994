import type { EndSignal } from "../../../core/call-end.ts";
import { InhouseError } from "../../../core/error.ts";
import { isRecord, listAt, numberAt, parseJson, recordAt, textAt, type JsonRecord } from "../../shape/json-file.ts";
import type { ExpectedDigest, ListedFile, Listing } from "./listed-file.ts";
import { below, mirrorAddress } from "./mirror-address.ts";
import { mirrorFile } from "./mirror-file.ts";
import { askMirror, smallReply, type Mirror } from "./mirror.ts";
import type { HuggingFaceSource } from "./model-source.ts";
import { pickFiles, servedPath } from "./pick-files.ts";
import { badMirror, headerOf } from "./refused-reply.ts";
import { checkNames } from "./safe-names.ts";
import { severalTries } from "./several-tries.ts";

const mostListBytes = 33_554_432;
/** A thousand files each. */
const mostPages = 100;

interface Remote {
  readonly path: string;
  readonly sizeBytes?: number | undefined;
  readonly digest?: ExpectedDigest | undefined;
}

/**
 * What of a repository is wanted, pinned to the commit. Sizes and digests come with the revision, or, of mirrors that leave
 * them out there, with the tree: sha256 of large files, git's own of small ones.
 */
export async function huggingFaceFiles(
  source: HuggingFaceSource,
  mirror: Mirror,
  maxRetries: number,
  signal: EndSignal,
): Promise<Listing> {
  const { huggingFace: name, revision = "main", endpoint } = source;
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(name) || name.split("/").some((part) => /^\.+$/.test(part))) {
    throw new InhouseError("invalid-request", `"${name}" is not the name of a repository.`, {
      hint: "Write it like mistralai/Ministral-3-8B-Instruct-2512.",
    });
  }
  const address = mirrorAddress("endpoint", endpoint, "https://models.example/hf");
  const ask = async (url: URL): Promise<{ readonly value: unknown; readonly next: URL | undefined }> =>
    await severalTries({ maxRetries, signal }, async () => {
      const response = await askMirror(mirror, { url, signal });
      const text = (await smallReply(response, url, mostListBytes)).toString("utf8");
      return { value: parseJson(text), next: nextPage(headerOf(response, "link"), url) };
    });

  const asked = below(address, "api/models", name, "revision");
  const place = new URL(`${asked.href}/${encodeURIComponent(revision)}?blobs=true`);
  const { value: info } = await ask(place);
  const commit = isRecord(info) ? textAt(info, "sha") : undefined;
  if (!isRecord(info) || commit === undefined || !/^[0-9a-f]{40}$/.test(commit)) {
    throw badMirror(
      `${place.origin}${place.pathname} names no commit.`,
      "Does endpoint name a mirror that speaks as Hugging Face does?",
    );
  }
  let remotes = (listAt(info, "siblings") ?? []).filter(isRecord).flatMap(siblingOf);
  if (
    remotes.length === 0 ||
    remotes.some(({ digest, sizeBytes }) => digest === undefined || sizeBytes === undefined)
  ) {
    remotes = await treeOf(below(address, "api/models", name, "tree", commit), ask);
  }
  const picked = pickFiles(
    remotes.map(({ path }) => path),
    source,
    name,
  );
  checkNames(picked, name);
  const files = picked.map((path): ListedFile => {
    const { sizeBytes, digest } = remotes.find((remote) => remote.path === path) ?? {};
    if (sizeBytes === undefined || digest === undefined) {
      throw badMirror(`The mirror tells no size or no digest of ${path}.`, "Without them nothing proves the file.");
    }
    return mirrorFile(mirror, below(address, name, "resolve", commit, path), { path, sizeBytes, digest });
  });
  return { files, revision: commit, path: servedPath(picked) };
}

/** An entry of `siblings`, as `?blobs=true` makes them. */
function siblingOf(entry: JsonRecord): readonly Remote[] {
  const path = textAt(entry, "rfilename");
  if (path === undefined) return [];
  const lfs = recordAt(entry, "lfs");
  return [remoteOf(path, numberAt(entry, "size"), textAt(lfs, "sha256"), textAt(entry, "blobId"))];
}

async function treeOf(
  first: URL,
  ask: (url: URL) => Promise<{ readonly value: unknown; readonly next: URL | undefined }>,
): Promise<Remote[]> {
  const remotes: Remote[] = [];
  let at: URL | undefined = new URL(`${first.href}?recursive=true`);
  for (let page = 0; at; page += 1) {
    if (page === mostPages) throw new InhouseError("limit", `${first.href} has more than ${mostPages} pages.`);
    const { value, next }: Awaited<ReturnType<typeof ask>> = await ask(at);
    if (!Array.isArray(value)) throw badMirror(`${first.href} is no list of files.`, "Does endpoint name a mirror?");
    for (const entry of value.filter(isRecord)) {
      const path = textAt(entry, "path");
      if (path === undefined || textAt(entry, "type") === "directory") continue;
      const lfs = recordAt(entry, "lfs");
      const sha256 = textAt(lfs, "oid")?.replace(/^sha256:/, "");
      remotes.push(remoteOf(path, numberAt(lfs, "size") ?? numberAt(entry, "size"), sha256, textAt(entry, "oid")));
    }
    at = next;
  }
  return remotes;
}

function remoteOf(
  path: string,
  sizeBytes: number | undefined,
  sha256: string | undefined,
  blob: string | undefined,
): Remote {
  const digest: ExpectedDigest | undefined =
    sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256)
      ? { kind: "sha256", hex: sha256 }
      : blob !== undefined && /^[0-9a-f]{40}$/.test(blob) && sha256 === undefined
        ? { kind: "git-blob", hex: blob }
        : undefined;
  return { path, sizeBytes, digest };
}

/** The next page by `Link`, of the same server. */
function nextPage(link: string | undefined, from: URL): URL | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? "") ?? [];
  if (target === undefined || !URL.canParse(target, from.href)) return undefined;
  const next = new URL(target, from.href);
  // A mirror that passes the public one's header on leads to the same pages of its own.
  return new URL(`${from.origin}${from.pathname}${next.search}`);
}
