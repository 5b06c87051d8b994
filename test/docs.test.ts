import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { generatedPages } from "../scripts/docs-pages.ts";
import { readObserved } from "../scripts/recording/observed.ts";
import { contractCases } from "../src/testing/index.ts";

test.each(generatedPages().map((page) => [page.url.pathname.split("/").at(-1), page] as const))(
  "%s has the tables that the code gives; else: npm run docs",
  (_, { url, text }) => {
    expect(readFileSync(url, "utf8")).toBe(text);
  },
);

test.each(readObserved().map((observed) => [`${observed.server} ${observed.version}`, observed] as const))(
  "%s was observed in every case of the contract; else: npm run record",
  (_, { through }) => {
    for (const outcomes of Object.values(through)) {
      expect(Object.keys(outcomes)).toEqual(contractCases.map(({ name }) => name));
    }
  },
);
