import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import ts from "typescript";
import { describe, expect, test } from "vitest";

import { entry } from "../tsup.config.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const { exports: published } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
  readonly exports: Readonly<Record<string, unknown>>;
};
const entries = Object.entries(entry);

/** Where the source of a subpath stands: a provider's or an integration's folder, a folder, or one file. */
function sourceOf(name: string): string | undefined {
  const places = [
    `src/providers/${name}/index.ts`,
    `src/integrations/${name}/index.ts`,
    `src/${name}/index.ts`,
    `src/${name}.ts`,
  ];
  return places.find((path) => existsSync(root + path));
}

describe("subpaths", () => {
  test.each(entries)("%s is built from its own folder", (name, path) => {
    expect(path).toBe(sourceOf(name));
  });

  test("package.json has each of them in both formats, each with its types, and nothing else", () => {
    const expected = entries.map(([name]) => [
      name === "index" ? "." : `./${name}`,
      {
        import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
        require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
      },
    ]);
    expect(published).toEqual({ ...Object.fromEntries(expected), "./package.json": "./package.json" });
  });

  test("the command line is no subpath, and takes of the package what programs take, pure words apart", () => {
    const { bin } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { readonly bin: object };
    expect(bin).toEqual({ inhouse: "dist/cli.js" });
    expect(readFileSync(`${root}src/cli/cli.ts`, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    const sources = readdirSync(`${root}src/cli`).map((name) => readFileSync(`${root}src/cli/${name}`, "utf8"));
    const outside = sources.flatMap((text) => [...text.matchAll(/from "(\.\.\/[^"]+)"/g)].map(([, path = ""]) => path));
    expect([...new Set<string>(outside)].toSorted()).toEqual([
      "../deploy.ts",
      "../deploy/plan/plan-words.ts",
      "../deploy/plan/text-table.ts",
      "../index.ts",
    ]);
  });

  test("every provider has one", () => {
    const providers = readdirSync(`${root}src/providers`);
    expect(providers.length).toBeGreaterThan(1);
    expect(providers.filter((name) => !Object.hasOwn(entry, name))).toEqual([]);
  });
});

describe("the surface", () => {
  const { checker, modules } = compiled();

  test.each(modules)("%s is a list of names", (_, { statements }) => {
    const exported = statements.filter((statement) => ts.isExportDeclaration(statement));
    const wholesale = exported.filter(({ isTypeOnly, exportClause }) => !isTypeOnly && !exportClause);
    expect(wholesale.map((statement) => statement.getText())).toEqual([]);
  });

  test.each(modules)("%s says of every name what it is, in a sentence", (_, module) => {
    const symbol = checker.getSymbolAtLocation(module);
    const names = symbol ? checker.getExportsOfModule(symbol) : [];
    expect(names.length).toBeGreaterThan(0);
    const silent = names.filter((name) => !/^[A-Z`][^]*\.$/.test(documentation(checker, name)));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

function documentation(checker: ts.TypeChecker, name: ts.Symbol): string {
  const declared = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
  return ts.displayPartsToString(declared.getDocumentationComment(checker)).trim();
}

function compiled() {
  const program = ts.createProgram(
    entries.map(([, path]) => root + path),
    {
      allowImportingTsExtensions: true,
      module: ts.ModuleKind.NodeNext,
      noEmit: true,
      noLib: true, // only names and comments are read
      target: ts.ScriptTarget.ES2023,
      types: [],
    },
  );
  const modules = entries.flatMap(([name, path]) => {
    const module = program.getSourceFile(root + path);
    return module ? [[name, module] as const] : [];
  });
  return { checker: program.getTypeChecker(), modules };
}
