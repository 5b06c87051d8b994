import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { generatedPages } from "../scripts/docs-pages.ts";

test.each(generatedPages().map((page) => [page.url.pathname.split("/").at(-1), page] as const))(
  "%s has the tables that the code gives; else: npm run docs",
  (_, { url, text }) => {
    expect(readFileSync(url, "utf8")).toBe(text);
  },
);
