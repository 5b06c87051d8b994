import { existsSync, readFileSync, writeFileSync } from "node:fs";

import type { FeatureOutcome } from "./feature-outcome.ts";

/** What the servers did with each feature, by its name. */
export interface ObservedFeatures {
  readonly server: string;
  readonly version: string;
  readonly outcomes: Readonly<Record<string, FeatureOutcome>>;
}

const file = new URL("../../test/fixtures/schema-features.json", import.meta.url);

/** What was noted last, by server. */
export const readFeatures = (): Readonly<Record<string, ObservedFeatures>> =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, ObservedFeatures>) : {};

/** Notes what one server did. */
export function writeFeatures(name: string, observed: ObservedFeatures): void {
  writeFileSync(file, `${JSON.stringify({ ...readFeatures(), [name]: observed }, undefined, 2)}\n`);
}
