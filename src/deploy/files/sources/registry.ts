import { createHash } from "node:crypto";

import type { EndSignal } from "../../../core/call-end.ts";
import { InhouseError } from "../../../core/error.ts";
import type { Transport } from "../../../core/transport.ts";
import { isRecord, listAt, numberAt, parseJson, recordAt, textAt, type JsonRecord } from "../../shape/json-file.ts";
import type { ListedFile } from "./listed-file.ts";
import { below } from "./mirror-address.ts";
import { mirrorFile } from "./mirror-file.ts";
import { askMirror, smallReply, type Mirror } from "./mirror.ts";
import { badMirror, headerOf } from "./refused-reply.ts";
import { severalTries } from "./several-tries.ts";

/** Name and password of a registry's user; sent to the registry, or to the place of tokens that it names. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** What is asked of a registry. */
export interface RegistryPlace {
  readonly address: URL;
  readonly repository: string;
  /** A tag, or `sha256:…`. */
  readonly reference: string;
}

/** A piece of an artifact. */
export interface Layer {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly annotations: JsonRecord;
}

/** A manifest, checked against its digest. */
export interface Manifest {
  readonly bytes: Buffer;
  /** Of its bytes, `sha256:…`. */
  readonly digest: string;
  readonly artifactType: string | undefined;
  readonly config: Layer | undefined;
  readonly layers: readonly Layer[];
}

/** What registries themselves take at most. */
const mostManifestBytes = 4_194_304;
const indexTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const accept = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  ...indexTypes,
].join(", ");

/** The manifest of an artifact. An index of one manifest leads to it; of several, `unsupported`. */
export async function manifestOf(
  mirror: Mirror,
  place: RegistryPlace,
  maxRetries: number,
  signal: EndSignal,
): Promise<Manifest> {
  const { address, repository, reference } = place;
  const url = below(address, "v2", repository, "manifests", reference);
  const { bytes, told } = await severalTries({ maxRetries, signal }, async () => {
    const response = await askMirror(mirror, { url, signal, headers: { accept } });
    return {
      bytes: await smallReply(response, url, mostManifestBytes),
      told: headerOf(response, "docker-content-digest"),
    };
  });
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const expected = reference.startsWith("sha256:") ? reference : told;
  if (expected?.startsWith("sha256:") && expected !== digest) {
    throw badMirror(`The manifest of ${repository} does not have the digest ${expected}.`, "The registry is damaged.");
  }
  const value = parseJson(bytes.toString("utf8"));
  if (!isRecord(value)) throw badMirror(`The manifest of ${repository} is no JSON object.`, "Is there a registry?");
  if (indexTypes.includes(textAt(value, "mediaType") ?? "") || listAt(value, "manifests")) {
    const inner = (listAt(value, "manifests") ?? []).filter(isRecord).map((entry) => textAt(entry, "digest"));
    const [only] = inner;
    if (inner.length !== 1 || only === undefined || reference.startsWith("sha256:")) {
      throw new InhouseError("unsupported", `${repository} is an index of ${inner.length} manifests.`, {
        hint: "Name one of them by its digest: repository@sha256:….",
      });
    }
    return await manifestOf(mirror, { ...place, reference: only }, maxRetries, signal);
  }
  const layers = (listAt(value, "layers") ?? []).map((entry) => layerOf(entry, repository));
  const config = isRecord(value["config"]) ? layerOf(value["config"], repository) : undefined;
  return { bytes, digest, artifactType: textAt(value, "artifactType") ?? config?.mediaType, config, layers };
}

function layerOf(entry: unknown, repository: string): Layer {
  const digest = isRecord(entry) ? textAt(entry, "digest") : undefined;
  const sizeBytes = isRecord(entry) ? numberAt(entry, "size") : undefined;
  if (!isRecord(entry) || digest === undefined || !/^sha256:[0-9a-f]{64}$/.test(digest) || sizeBytes === undefined) {
    throw badMirror(`A layer of ${repository} has no sha256 or no size.`, "Without them nothing proves the file.");
  }
  return {
    mediaType: textAt(entry, "mediaType") ?? "",
    digest,
    sizeBytes,
    annotations: recordAt(entry, "annotations"),
  };
}

/** A layer as a file of some name. */
export function layerFile(
  mirror: Mirror,
  { address, repository }: RegistryPlace,
  layer: Layer,
  path: string,
): ListedFile {
  const { digest, sizeBytes } = layer;
  return mirrorFile(mirror, below(address, "v2", repository, "blobs", digest), {
    path,
    sizeBytes,
    digest: { kind: "sha256", hex: digest.slice("sha256:".length) },
  });
}

/**
 * A registry that may ask for a token: where its 401 names a place of tokens, one is got there, by the credentials where
 * there are some, and used until it is refused.
 */
export function registryMirror(
  address: URL,
  transport: Transport,
  idleMs: number,
  keys: { readonly apiKey?: string | undefined; readonly credentials?: RegistryCredentials | undefined },
  signal: EndSignal,
): Mirror {
  const { apiKey, credentials } = keys;
  const basic =
    credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  let current = apiKey === undefined ? undefined : `Bearer ${apiKey}`;
  return {
    transport,
    idleMs,
    async authorization(refused) {
      if (!refused) return current;
      const challenge = headerOf(refused, "www-authenticate") ?? "";
      if (/^basic\b/i.test(challenge)) current = basic;
      else if (/^bearer\b/i.test(challenge))
        current = await tokenFor(challenge, address, { transport, idleMs }, basic, signal);
      else return undefined;
      return current;
    },
  };
}

async function tokenFor(
  challenge: string,
  registry: URL,
  mirror: Mirror,
  basic: string | undefined,
  signal: EndSignal,
): Promise<string | undefined> {
  const fields = Object.fromEntries(
    [...challenge.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, name = "", value = ""]) => [name.toLowerCase(), value]),
  );
  const { realm, service, scope } = fields;
  if (realm === undefined || !URL.canParse(realm) || !/^https?:$/.test(new URL(realm).protocol)) return undefined;
  const url = new URL(realm);
  if (registry.protocol === "https:" && url.protocol === "http:") {
    throw new InhouseError("redirect", `${registry.origin} sends for its tokens to ${url.origin}, without TLS.`, {
      hint: "Nothing was sent there. The registry's settings name the place of tokens (realm).",
    });
  }
  if (service !== undefined) url.searchParams.set("service", service);
  if (scope !== undefined) url.searchParams.set("scope", scope);
  const authorized: Mirror = {
    ...mirror,
    ...(basic === undefined ? {} : { authorization: () => Promise.resolve(basic) }),
  };
  const value = parseJson(
    (await smallReply(await askMirror(authorized, { url, signal }), url, 1_048_576)).toString("utf8"),
  );
  const token = isRecord(value) ? (textAt(value, "token") ?? textAt(value, "access_token")) : undefined;
  if (token === undefined || /[^\x21-\x7E]/.test(token)) {
    throw badMirror(`${url.origin}${url.pathname} gave no token.`, "Does the registry name the right place of tokens?");
  }
  return `Bearer ${token}`;
}
