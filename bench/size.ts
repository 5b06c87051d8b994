import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { bundleBytes, entryChunkBytes, programFilesBytes } from "../scripts/package-size.ts";
import type { Outcome } from "./outcome.ts";
import type { Peer } from "./peers.ts";
import { repository } from "./processes.ts";

/** What is installed and bundled, in kB: of a peer, or else of inhouse, which is built by then. */
export async function measureSize(peer: Peer | undefined): Promise<Outcome> {
  const own = peer ? filesBytes(bench, peer.packages) : programFilesBytes();
  const needed = peer ? dependenciesOf(bench, peer.packages) : dependenciesOf(repository, inhousePackages);
  const installed = own + filesBytes(peer ? bench : repository, needed);
  const bundle = peer ? await peerBundleBytes(peer) : await entryChunkBytes();
  const counts = { dependencies: needed.length };
  return { figures: { own: own / 1_000, installed: installed / 1_000, bundle: bundle / 1_000 }, raw: counts };
}

const bench = import.meta.dirname;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

const inhousePackages = Object.keys(manifestOf(repository).dependencies ?? {});

/** What packages bring along, themselves apart unless they are inhouse's own. */
function dependenciesOf(folder: string, packages: readonly string[]): readonly string[] {
  const reached = new Set(packages);
  for (const name of reached) {
    const {
      dependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = manifestOf(join(folder, "node_modules", name));
    for (const other of Object.keys(dependencies)) reached.add(other);
    for (const other of Object.keys(peerDependencies)) if (!peerDependenciesMeta[other]?.optional) reached.add(other);
  }
  return [...reached].filter((name) => packages === inhousePackages || !packages.includes(name));
}

/** The files of packages without their source maps, in bytes. */
function filesBytes(folder: string, packages: readonly string[]): number {
  let sum = 0;
  for (const name of packages) {
    const path = join(folder, "node_modules", name);
    for (const file of readdirSync(path, { recursive: true, encoding: "utf8", withFileTypes: true })) {
      if (file.isFile() && !file.name.endsWith(".map")) sum += statSync(join(file.parentPath, file.name)).size;
    }
  }
  return sum;
}

function peerBundleBytes({ name }: Peer): Promise<number> {
  return bundleBytes({ entryPoints: [join(bench, "peers", `${name}.ts`)], tsconfigRaw: {} });
}
