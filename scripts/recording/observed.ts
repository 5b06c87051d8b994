import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

import type { Outcomes } from "./observe.ts";

/** What a version of a server did, as it stands in `observed.json` beside the recordings. */
export interface Observed {
  readonly server: string;
  readonly version: string;
  /** By the provider through which the server was asked. */
  readonly through: Readonly<Record<string, Outcomes>>;
}

const fixtures = new URL("../../test/fixtures/", import.meta.url);
const fileOf = (folder: string): URL => new URL(`${folder}/observed.json`, fixtures);

/** What the real servers did when they were recorded last. */
export function readObserved(): readonly Observed[] {
  return readdirSync(fixtures)
    .map(fileOf)
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, "utf8")) as Observed);
}

/** Keeps what a server did. */
export function writeObserved(folder: string, observed: Observed): void {
  mkdirSync(new URL(`${folder}/`, fixtures), { recursive: true });
  writeFileSync(fileOf(folder), `${JSON.stringify(observed, undefined, 1)}\n`);
}
