import { describe, expect, test } from "vitest";

import { isInhouseError } from "../../../src/core/error.ts";
import { formatPlan, modelCatalogue, plan, type Plan } from "../../../src/deploy.ts";
import { failureOf } from "../../support/loopback.ts";

describe("the catalogue", () => {
  /** Parameters of the text models by their cards, in billions. */
  test.each([
    ["mistral-large-3", 675, 41],
    ["mistral-small-4", 119, 6.5],
    ["ministral-3-14b", 13.9, 13.9],
    ["ministral-3-8b", 8.9, 8.9],
    ["ministral-3-3b", 3.84, 3.84],
    ["mistral-small-3.2", 24, 24],
    ["mixtral-8x22b", 140.6, 39],
    ["mixtral-8x7b", 46.7, 12.9],
    ["mistral-7b", 7.25, 7.25],
    ["mistral-nemo", 12.25, 12.25],
    ["mistral-large-2", 122.6, 122.6],
    ["devstral-small-2", 24, 24],
    ["magistral-small", 24, 24],
    ["voxtral-small", 24.3, 24.3],
    ["voxtral-mini", 4.68, 4.68],
    ["pixtral-12b", 12.7, 12.7],
    ["pixtral-large", 124, 124],
  ])("%s has the parameters of its card", async (model, total, active) => {
    const { parameters } = (await plan({ model, on: "8x B200" })).model;
    expect((parameters?.total ?? 0) / 1e9 / total).toBeCloseTo(1, 1);
    expect(Math.abs((parameters?.active ?? 0) / 1e9 / active - 1)).toBeLessThan(0.1);
  });

  test("no two models have a name in common", () => {
    const names = modelCatalogue.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
  });
});

describe("every model of the catalogue", () => {
  const hosts = [
    "1x L4",
    "1x RTX 4090, ram 128GB",
    "3x L40S",
    "4x A100-80GB",
    "8x H100",
    "8x B200",
    "8x MI300X",
    "1x T4",
    "M4 Max, ram 64GB",
    "cpu 64GB",
  ];

  test.each(hosts)("on %s fits into what its plan says, or the hint names what does", async (on) => {
    for (const { name } of modelCatalogue) {
      const made = await plan({ model: name, on }).catch((error: unknown) => error);
      if (isInhouseError(made)) {
        expect([name, made.code]).toEqual([name, "unsupported"]);
        expect(made.hint).toMatch(/^These fit: .*GiB/);
        continue;
      }
      const { memory, contextLength, parallel, concurrent, roomTokens = contextLength, command } = made as Plan;
      for (const { bytes, roomBytes = bytes } of memory.devices) expect(bytes).toBeLessThanOrEqual(roomBytes);
      expect(contextLength).toBeGreaterThanOrEqual(4_096);
      expect(roomTokens).toBeGreaterThanOrEqual(contextLength * parallel);
      expect(concurrent).toBeGreaterThanOrEqual(parallel);
      expect(command.every((part) => part !== "" && !/undefined|NaN|Infinity/.test(part))).toBe(true);
      expect(formatPlan(made as Plan)).not.toMatch(/undefined|NaN|Infinity/);
    }
  });

  test("has a hint that holds", async () => {
    const spec = { model: "ministral-8b", on: "1x L4" } as const;
    const { hint } = await failureOf(plan({ ...spec, context: 262_144 }));
    expect(hint).toContain("context 131,072");
    expect((await plan({ ...spec, context: 131_072 })).contextLength).toBe(131_072);
  });
});
