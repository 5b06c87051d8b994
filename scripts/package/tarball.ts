import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";

import { command } from "./command.ts";

/** A packed package. */
export interface Tarball {
  readonly path: string;
  readonly files: readonly string[];
}

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly scripts: Readonly<Record<string, string>>;
}

/** What may be published. */
const allowed =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|THIRD-PARTY-NOTICES\.md|llms\.txt|docs\/[\w./-]+\.md|dist\/[\w.-]+\.(c?js(\.map)?|d\.c?ts))$/;
/** What must be, apart from what `exports` names. */
const wanted = ["README.md", "LICENSE", "CHANGELOG.md", "THIRD-PARTY-NOTICES.md", "llms.txt", "docs/architecture.md"];

/** Packs the package as it stands, without building it again. */
export async function pack(root: string, folder: string): Promise<Tarball> {
  const { stdout } = await command("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root);
  const [packed] = JSON.parse(stdout) as [{ readonly filename: string; readonly files: { readonly path: string }[] }];
  return { path: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
}

/** Everything that is wrong with what a tarball holds. */
export async function contentProblems(root: string, { files }: Tarball): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Manifest;
  const needed = [...wanted, ...targets(manifest.exports)];
  const linked = (await Promise.all(["llms.txt"].map((page) => links(root, page)))).flat();
  return [
    ...needed.filter((path) => !files.includes(path)).map((path) => `${path} is missing`),
    ...linked.filter((path) => !files.includes(path)).map((path) => `${path}, to which llms.txt leads, is missing`),
    ...files.filter((path) => !allowed.test(path)).map((path) => `${path} does not belong in it`),
    ...["preinstall", "install", "postinstall", "prepare"]
      .filter((name) => Object.hasOwn(manifest.scripts, name))
      .map((name) => `the script ${name} would run where it is installed`),
    ...(await unnamedPackages(root)).map((name) => `${name} is bundled, and THIRD-PARTY-NOTICES.md does not name it`),
  ];
}

/** The files that `exports` leads to. */
function targets(value: unknown): readonly string[] {
  if (typeof value === "string") return [posix.normalize(value)];
  return Object.values(value as Readonly<Record<string, unknown>>).flatMap(targets);
}

async function links(root: string, page: string): Promise<readonly string[]> {
  const text = await readFile(join(root, page), "utf8").catch(() => "");
  return [...text.matchAll(/\]\((?!\w+:)([^)#]+)/g)].map(([, path = ""]) => path);
}

async function unnamedPackages(root: string): Promise<readonly string[]> {
  const metafile = await readFile(join(root, "dist", "metafile-esm.json"), "utf8");
  const bundled = new Set(
    [...metafile.matchAll(/"node_modules\/((?:@[^/"]+\/)?[^/"]+)\//g)].map(([, name = ""]) => name),
  );
  const notices = await readFile(join(root, "THIRD-PARTY-NOTICES.md"), "utf8").catch(() => "");
  return [...bundled].filter((name) => !notices.includes(name));
}
