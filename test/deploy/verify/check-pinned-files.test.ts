import { createHash } from "node:crypto";
import { join } from "node:path";

import { expect, test } from "vitest";

import { plan, type PinnedFile, type Plan } from "../../../src/deploy.ts";
import { pinnedFilesLine } from "../../../src/deploy/verify/check-pinned-files.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const pinOf = (path: string, text: string): PinnedFile => ({ path, sizeBytes: text.length, sha256: digestOf(text) });
const made = await plan({ model: "ministral-3b", on: "cpu 8GB", context: 1_024 });

/** A plan that pins files in a folder where `m.gguf` is `weights`. */
function planOf(...files: readonly PinnedFile[]): Plan {
  const source = join(writtenFolder({ "m.gguf": "weights" }), "m.gguf");
  return { ...made, model: { ...made.model, source, origin: "files" }, files };
}

const weights = pinOf("m.gguf", "weights");

test("sizes alone are no proof; reading them is", async () => {
  const pinned = planOf(weights);
  expect(await pinnedFilesLine(pinned, true, { checkIntegrity: false })).toMatchObject({ verdict: "unknown" });
  expect(await pinnedFilesLine(pinned, true, { checkIntegrity: true })).toMatchObject({ verdict: "pass" });
});

test("digests that were made a moment ago are taken in the place of reading the files again", async () => {
  // Were the file read, its digest would be another.
  const told = pinOf("m.gguf", "wEights");
  const line = await pinnedFilesLine(planOf(told), true, { checkIntegrity: false, digests: [told] });
  expect(line).toMatchObject({ verdict: "pass", found: `m.gguf ${told.sha256.slice(0, 12)}` });
  expect(line.evidence).toContain("a moment ago");
});

test("they may name the files by their whole paths", async () => {
  const pinned = planOf(weights);
  const digests = [{ ...weights, path: pinned.model.source }];
  expect(await pinnedFilesLine(pinned, true, { checkIntegrity: false, digests })).toMatchObject({ verdict: "pass" });
});

test.each<[what: string, digests: readonly PinnedFile[], verdict: string, found: string]>([
  ["of other bytes fail", [pinOf("m.gguf", "wEights")], "fail", "m.gguf has other bytes"],
  ["of none of the files say nothing", [], "unknown", "sizes as pinned"],
  ["of another file say nothing", [pinOf("n.gguf", "weights")], "unknown", "sizes as pinned"],
])("digests %s", async (_, digests, verdict, found) => {
  const line = await pinnedFilesLine(planOf(weights), true, { checkIntegrity: false, digests });
  expect(line).toMatchObject({ verdict, found: expect.stringContaining(found) });
});

test("a file that has another size since, or is gone, fails whatever its digest was", async () => {
  const [longer, gone] = [pinOf("m.gguf", "more weights"), pinOf("eyes.gguf", "eyes")];
  const digests = [longer, gone];
  const line = await pinnedFilesLine(planOf(longer, gone), true, { checkIntegrity: false, digests });
  expect(line).toMatchObject({ verdict: "fail", found: expect.stringMatching(/7 bytes .*eyes\.gguf is missing/) });
});
