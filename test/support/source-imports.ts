import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

import ts from "typescript";

/** The folder of the sources, with a slash at its end. */
export const src = fileURLToPath(new URL("../../src/", import.meta.url));

/** What one file of src takes from elsewhere. */
export interface Import {
  /** The importing file, such as `client/call.ts`. */
  readonly from: string;
  /** A file of src, such as `core/error.ts`, or the name of a package, such as `node:net`. */
  readonly to: string;
  /** `type` leaves nothing in the built code, `dynamic` is loaded when it is used. */
  readonly kind: "static" | "dynamic" | "type";
}

/** Every file of src, relative to it. */
export const sourceFiles: readonly string[] = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => path.split(sep).join("/"))
  .toSorted();

/** The text of a file of src. */
export const sourceText = (file: string): string => readFileSync(join(src, file), "utf8");

/** The syntax of a file of src. */
export function sourceTree(file: string): ts.SourceFile {
  return ts.createSourceFile(basename(file), sourceText(file), ts.ScriptTarget.ES2023, true);
}

/** The package, or the file of src, that a specifier in a file of src leads to. */
function target(from: string, specifier: string): string {
  if (specifier.startsWith("."))
    return normalize(join(dirname(from), specifier))
      .split(sep)
      .join("/");
  return specifier.startsWith("node:") ? specifier : specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Every import and re-export of a file, `import()` and `import("…").Type` included. */
export function importsOf(file: string): readonly Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, kind: Import["kind"]): void => {
    const to = specifier && ts.isStringLiteralLike(specifier) ? target(file, specifier.text) : "(computed)";
    found.push({ from: file, to, kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? "type" : "static");
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node.moduleSpecifier, node.isTypeOnly ? "type" : "static");
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, "type");
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], "dynamic");
    }
    ts.forEachChild(node, visit);
  };
  visit(sourceTree(file));
  return found;
}

/** Every import of every file of src. */
export const allImports: readonly Import[] = sourceFiles.flatMap(importsOf);
