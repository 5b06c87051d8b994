import { expect, test } from "vitest";

import { runChild } from "../support/run-child.ts";
import type { SoakReport } from "./soak.ts";

test("calls of every kind at a server that breaks in every way: no law is broken, nothing is left running", async () => {
  const args = ["--minutes", String(4 / 60), "--seed", "20261125", "--json"];
  const report = await runChild<SoakReport>("scripts/soak.ts", args, { flags: ["--expose-gc"] });
  expect(report.broken).toEqual([]);
  expect(report.calls).toBeGreaterThan(5);
  expect(Object.keys(report.moods).length).toBeGreaterThan(2);
});
